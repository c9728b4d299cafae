-- compatible from: 8
-- Which reports of hook runs are of a unit that was removed: one that is added later under its name is another.
-- Of what is here, those of a unit that is not there, or received before it was added.
-- An earlier release marks none that it removes, and shows them after a restart as it did.

ALTER TABLE deliveries ADD COLUMN former int NOT NULL DEFAULT 0 CHECK (former IN (0, 1));

UPDATE deliveries SET former = 1
WHERE NOT EXISTS (
    SELECT 1 FROM units AS u JOIN changes AS added ON added.revision = u.added
    WHERE u.name = deliveries.unit AND added.at <= deliveries.received
);
