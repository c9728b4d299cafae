-- compatible from: 8
-- Statuses that are set for a time. A limit is of the revision that set the status, and counts while that one stands;
-- beneath is what comes back, NULL where nothing was set for the application or model. Only what has still to end is
-- in the table. A change says what it set until when, until when what it replaced was set, and which revision it ended.
-- An earlier release takes the same status again, without a time, for no change, and it would end all the same.

CREATE TABLE time_limits (
    revision bigint PRIMARY KEY,
    until timestamptz NOT NULL,
    beneath_code text,
    beneath_info text
);

CREATE INDEX time_limits_by_end ON time_limits (until, revision);

ALTER TABLE changes ADD COLUMN until timestamptz, ADD COLUMN old_until timestamptz, ADD COLUMN beneath_code text,
    ADD COLUMN beneath_info text, ADD COLUMN ended bigint;
