-- compatible from: 8
-- How far each controller's machine is ahead of the database's clock, in seconds; NULL where the database has none,
-- or the controller is of an earlier release.

ALTER TABLE controllers ADD COLUMN ahead double precision;
