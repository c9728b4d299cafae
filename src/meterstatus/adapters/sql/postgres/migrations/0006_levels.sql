-- compatible from: 6
-- Statuses of applications and of the model, beside those of units. A scope is a tag. Changes of one call have a batch in
-- common, by which they are undone together: a number that no other call has.

CREATE TABLE levels (
    scope text COLLATE "C" PRIMARY KEY,
    code text NOT NULL,
    info text NOT NULL,
    since timestamptz NOT NULL,
    revision bigint NOT NULL
);

ALTER TABLE changes ADD COLUMN batch bigint;

CREATE INDEX changes_by_batch ON changes (batch) WHERE batch IS NOT NULL;
