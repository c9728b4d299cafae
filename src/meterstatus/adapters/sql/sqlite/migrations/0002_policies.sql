-- When units escalate without the controller. A scope is the tag of a unit, an application or the model; a
-- policy is JSON of seconds by stage. A change of one is a change like any other: one sequence, one history.

CREATE TABLE policies (
    scope TEXT PRIMARY KEY,
    policy TEXT NOT NULL,
    revision INTEGER NOT NULL REFERENCES changes (revision)
) STRICT, WITHOUT ROWID;

ALTER TABLE changes ADD COLUMN scope TEXT;

ALTER TABLE changes ADD COLUMN old_policy TEXT;

ALTER TABLE changes ADD COLUMN new_policy TEXT;
