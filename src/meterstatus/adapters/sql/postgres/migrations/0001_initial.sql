-- compatible from: 1
-- The first schema. A migration, once released, is never edited. Its first line says the oldest release, by the
-- number of migrations that it knows, which can still work on what this one leaves.

CREATE TABLE meta (
    key text COLLATE "C" PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE users (
    name text COLLATE "C" PRIMARY KEY,
    salt text NOT NULL,
    password_hash text NOT NULL,
    access text NOT NULL CHECK (access IN ('read', 'write', 'admin')),
    enabled boolean NOT NULL
);

-- The revision comes from a sequence, which never gives a number twice, and which is only asked under the lock
-- of writers, so that numbers become visible in order. The stamp tells a change from another one that has its
-- number after the database was led back.
CREATE TABLE changes (
    revision bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    kind text NOT NULL,
    unit text COLLATE "C" NOT NULL,
    application text COLLATE "C" NOT NULL,
    who text NOT NULL,
    at timestamptz NOT NULL,
    why text NOT NULL,
    old_code text,
    old_info text,
    new_code text,
    new_info text,
    stamp uuid NOT NULL DEFAULT gen_random_uuid()
);

CREATE INDEX changes_by_unit ON changes (unit, revision);

CREATE INDEX changes_by_application ON changes (application, revision);

-- Wakes every controller's tail with the commit. Only a wake-up: each of them looks by itself as well.
CREATE FUNCTION tell_of_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('meterstatus_changes', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER tell_of_changes AFTER INSERT ON changes FOR EACH STATEMENT EXECUTE FUNCTION tell_of_changes();

CREATE TABLE units (
    name text COLLATE "C" PRIMARY KEY,
    application text COLLATE "C" NOT NULL,
    password_hash text NOT NULL,
    code text NOT NULL,
    info text NOT NULL,
    since timestamptz NOT NULL,
    revision bigint NOT NULL REFERENCES changes (revision),
    added bigint NOT NULL REFERENCES changes (revision)
);

CREATE INDEX units_by_application ON units (application);

CREATE TABLE unit_state (
    unit text COLLATE "C" NOT NULL REFERENCES units (name) ON DELETE CASCADE,
    field text COLLATE "C" NOT NULL,
    text bytea NOT NULL,
    PRIMARY KEY (unit, field)
);

-- What each controller process committed last, so that one whose answer to COMMIT was lost can look.
CREATE TABLE writers (
    id uuid PRIMARY KEY,
    batch bigint NOT NULL,
    at timestamptz NOT NULL
);

-- Where each controller is reached, and when it last said so.
CREATE TABLE neighbours (
    name text COLLATE "C" PRIMARY KEY,
    hosts jsonb NOT NULL,
    port int NOT NULL,
    heard timestamptz NOT NULL
);
