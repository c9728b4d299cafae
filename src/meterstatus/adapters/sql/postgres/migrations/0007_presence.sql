-- compatible from: 2
-- Which controller processes run, and which of them each unit's agent is connected to, with the last contact of
-- those that are to none (controller ''). No change and no revision: this is seen, and nobody set it.

CREATE TABLE controllers (
    name text COLLATE "C" PRIMARY KEY,
    addresses jsonb NOT NULL,
    started timestamptz NOT NULL,
    seen timestamptz NOT NULL
);

CREATE TABLE presence (
    unit text COLLATE "C" PRIMARY KEY REFERENCES units (name) ON DELETE CASCADE,
    controller text NOT NULL,
    since timestamptz NOT NULL,
    last_contact timestamptz NOT NULL,
    is_exact int NOT NULL CHECK (is_exact IN (0, 1))
);

CREATE INDEX presence_by_controller ON presence (controller);
