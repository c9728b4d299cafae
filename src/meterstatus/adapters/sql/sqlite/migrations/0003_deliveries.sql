-- What agents report of hook runs, for people: no change, no revision. A log is a JSON list of lines. There is no
-- reference to units: like the history it outlives them.

CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    unit TEXT NOT NULL,
    application TEXT NOT NULL,
    received TEXT NOT NULL,
    id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    hook TEXT NOT NULL,
    code TEXT NOT NULL,
    info TEXT NOT NULL,
    origin TEXT NOT NULL,
    result TEXT NOT NULL,
    exit_status INTEGER,
    detail TEXT NOT NULL,
    log TEXT NOT NULL,
    ended TEXT NOT NULL,
    UNIQUE (unit, hook, id, attempt)
) STRICT;

CREATE INDEX deliveries_by_unit ON deliveries (unit, number);

CREATE INDEX deliveries_by_application ON deliveries (application, number);
