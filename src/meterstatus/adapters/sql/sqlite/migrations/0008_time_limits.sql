-- Statuses that are set for a time. A limit is of the revision that set the status, and counts while that one stands;
-- beneath is what comes back, NULL where nothing was set for the application or model. Only what has still to end is
-- in the table. A change says what it set until when, until when what it replaced was set, and which revision it ended.

CREATE TABLE time_limits (
    revision INTEGER PRIMARY KEY,
    until TEXT NOT NULL,
    beneath_code TEXT,
    beneath_info TEXT
) STRICT;

CREATE INDEX time_limits_by_end ON time_limits (until, revision);

ALTER TABLE changes ADD COLUMN until TEXT;

ALTER TABLE changes ADD COLUMN old_until TEXT;

ALTER TABLE changes ADD COLUMN beneath_code TEXT;

ALTER TABLE changes ADD COLUMN beneath_info TEXT;

ALTER TABLE changes ADD COLUMN ended INTEGER;
