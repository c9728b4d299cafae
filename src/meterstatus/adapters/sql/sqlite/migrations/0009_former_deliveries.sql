-- Which reports of hook runs are of a unit that was removed: one that is added later under its name is another.
-- Of what is here, those of a unit that is not there, or received before it was added.

ALTER TABLE deliveries ADD COLUMN former INTEGER NOT NULL DEFAULT 0;

UPDATE deliveries SET former = 1
WHERE NOT EXISTS (
    SELECT 1 FROM units AS u JOIN changes AS added ON added.revision = u.added
    WHERE u.name = deliveries.unit AND added.at <= deliveries.received
);
