-- compatible from: 2
-- When units escalate without the controller. A scope is the tag of a unit, an application or the model; a
-- policy is JSON of seconds by stage. A change of one is a change like any other: one sequence, one history.

CREATE TABLE policies (
    scope text COLLATE "C" PRIMARY KEY,
    policy jsonb NOT NULL,
    revision bigint NOT NULL REFERENCES changes (revision)
);

ALTER TABLE changes ADD COLUMN scope text, ADD COLUMN old_policy jsonb, ADD COLUMN new_policy jsonb;
