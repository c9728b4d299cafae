-- compatible from: 2
-- What agents report of hook runs, for people: no change, no revision. A log is a JSON list of lines, and text,
-- because a line of a hook may hold a NUL, which jsonb does not take. There is no reference to units: like the
-- history it outlives them.

CREATE TABLE deliveries (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit text COLLATE "C" NOT NULL,
    application text COLLATE "C" NOT NULL,
    received timestamptz NOT NULL,
    id bytea NOT NULL,
    attempt bigint NOT NULL,
    hook text NOT NULL,
    code text NOT NULL,
    info bytea NOT NULL,
    origin text NOT NULL,
    result text NOT NULL,
    exit_status bigint,
    detail bytea NOT NULL,
    log text NOT NULL,
    ended timestamptz NOT NULL,
    UNIQUE (unit, hook, id, attempt)
);

CREATE INDEX deliveries_by_unit ON deliveries (unit, number);

CREATE INDEX deliveries_by_application ON deliveries (application, number);
