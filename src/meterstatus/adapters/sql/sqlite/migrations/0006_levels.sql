-- Statuses of applications and of the model, beside those of units. A scope is a tag. Changes of one call have a batch in
-- common, by which they are undone together: a number that no other call has.

CREATE TABLE levels (
    scope TEXT PRIMARY KEY,
    code TEXT NOT NULL,
    info TEXT NOT NULL,
    since TEXT NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE changes ADD COLUMN batch INTEGER;

CREATE INDEX changes_by_batch ON changes (batch) WHERE batch IS NOT NULL;
