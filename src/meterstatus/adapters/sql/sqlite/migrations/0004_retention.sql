-- Old changes and reports are removed, and must be found without a look at the others. SQLite looks for whatever
-- refers to a change before it removes that, which is a scan of all units without an index for it.

CREATE INDEX changes_by_time ON changes (at);

CREATE INDEX deliveries_by_time ON deliveries (received);

CREATE INDEX units_by_revision ON units (revision);

CREATE INDEX units_by_added ON units (added);

CREATE INDEX policies_by_revision ON policies (revision);
