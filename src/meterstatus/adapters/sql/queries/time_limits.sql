-- Ends of statuses that are set for a time.

-- name: add_time_limits
-- Follows what recorded the changes of a batch, or one change, in the same transaction.
INSERT INTO time_limits (revision, until, beneath_code, beneath_info)
SELECT revision, until, beneath_code, beneath_info
FROM changes
WHERE (batch = :batch OR revision = :revision) AND until IS NOT NULL;

-- name: read_due
-- What ends first of all that is over. Its change may be gone, where another one has long taken its place.
SELECT t.revision, t.until, c.who, c.at, c.batch, c.scope
FROM time_limits AS t LEFT JOIN changes AS c ON c.revision = t.revision
WHERE t.until <= :at
ORDER BY t.until, t.revision
LIMIT 1;

-- name: read_next_end
-- When the next one ends; NULL where none does.
SELECT min(until) AS until FROM time_limits;

-- name: record_ended_statuses
-- One change for each unit that still has what a batch, or one change, set for a time that is over.
INSERT INTO changes (
    kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, batch, old_until, beneath_code,
    beneath_info, ended
)
SELECT 'set', u.name, u.application, :who, :at, :why, u.code, u.info, t.beneath_code, t.beneath_info, :batch,
       t.until, t.beneath_code, t.beneath_info, t.revision
FROM time_limits AS t
    JOIN changes AS c ON c.revision = t.revision
    JOIN units AS u ON u.name = c.unit AND u.revision = t.revision
WHERE t.until <= :at AND (c.revision = :due OR c.batch = :due_batch)
ORDER BY u.name;

-- name: remove_time_limits
-- Of a batch, or of one change: those whose time is over.
DELETE FROM time_limits
WHERE until <= :at AND (revision = :due OR revision IN (SELECT revision FROM changes WHERE batch = :due_batch));

-- name: prune_time_limits
-- Those of statuses in whose place others stand.
DELETE FROM time_limits WHERE revision NOT IN (SELECT revision FROM units UNION SELECT revision FROM levels);
