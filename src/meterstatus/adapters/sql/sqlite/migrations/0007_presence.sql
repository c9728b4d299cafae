-- Which controller processes run, and which of them each unit's agent is connected to, with the last contact of
-- those that are to none (controller ''). No change and no revision: this is seen, and nobody set it.

CREATE TABLE controllers (
    name TEXT PRIMARY KEY,
    addresses TEXT NOT NULL,
    started TEXT NOT NULL,
    seen TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE presence (
    unit TEXT PRIMARY KEY REFERENCES units (name) ON DELETE CASCADE,
    controller TEXT NOT NULL,
    since TEXT NOT NULL,
    last_contact TEXT NOT NULL,
    is_exact INTEGER NOT NULL CHECK (is_exact IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX presence_by_controller ON presence (controller);
