-- The first schema. Instants are ISO 8601 text in UTC. A migration, once released, is never edited.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    name TEXT PRIMARY KEY,
    salt TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    access TEXT NOT NULL CHECK (access IN ('read', 'write', 'admin')),
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1))
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: a revision is never given twice, not even after the newest was rolled back or deleted.
CREATE TABLE changes (
    revision INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    application TEXT NOT NULL,
    who TEXT NOT NULL,
    at TEXT NOT NULL,
    why TEXT NOT NULL,
    old_code TEXT,
    old_info TEXT,
    new_code TEXT,
    new_info TEXT
) STRICT;

CREATE INDEX changes_by_unit ON changes (unit, revision);

CREATE INDEX changes_by_application ON changes (application, revision);

CREATE TABLE units (
    name TEXT PRIMARY KEY,
    application TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    code TEXT NOT NULL,
    info TEXT NOT NULL,
    since TEXT NOT NULL,
    revision INTEGER NOT NULL REFERENCES changes (revision),
    added INTEGER NOT NULL REFERENCES changes (revision)
) STRICT, WITHOUT ROWID;

CREATE INDEX units_by_application ON units (application);

CREATE TABLE unit_state (
    unit TEXT NOT NULL REFERENCES units (name) ON DELETE CASCADE,
    field TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (unit, field)
) STRICT, WITHOUT ROWID;
