-- compatible from: 2
-- Old changes and reports are removed, and must be found without a look at the others. That a unit's change stays
-- is said by the statement that removes them: a reference would be looked for among all units at each removal, or
-- need an index on what every status sets, which makes a change of ten thousand units several times as long.

CREATE INDEX changes_by_time ON changes (at);

CREATE INDEX deliveries_by_time ON deliveries (received);

ALTER TABLE units DROP CONSTRAINT units_revision_fkey, DROP CONSTRAINT units_added_fkey;

ALTER TABLE policies DROP CONSTRAINT policies_revision_fkey;
