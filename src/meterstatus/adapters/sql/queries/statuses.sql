-- Statuses of units, of applications and of the model. A change of many units has two parts: it is recorded
-- for each unit, then applied to the units from there.

-- name: set_status
-- One change for each unit chosen whose status will differ, or stay where it had an end; then that status; returns the
-- revisions. The parameter not chosen by is NULL, which equals nothing.
INSERT INTO changes (
    kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, batch, old_until, beneath_code,
    beneath_info
)
SELECT 'set', u.name, u.application, :who, :at, :why, u.code, u.info, :code, :info, :batch, t.until,
       t.beneath_code, t.beneath_info
FROM units AS u LEFT JOIN time_limits AS t ON t.revision = u.revision
WHERE (u.name = :unit OR u.application = :application) AND (u.code <> :code OR u.info <> :info OR t.until IS NOT NULL)
ORDER BY u.name;

UPDATE units
SET code = :code, info = :info, since = :at,
    revision = (SELECT max(revision) FROM changes WHERE changes.unit = units.name)
WHERE (name = :unit OR application = :application)
    AND (code <> :code OR info <> :info OR revision IN (SELECT revision FROM time_limits))
RETURNING revision;

-- name: record_batch
-- One change for each unit named whose status or its end will differ. The names are a JSON list.
INSERT INTO changes (
    kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, batch, until, old_until,
    beneath_code, beneath_info
)
SELECT 'set', u.name, u.application, :who, :at, :why, u.code, u.info, :code, :info, :batch, :until, t.until,
       CASE WHEN t.until IS NULL AND :until IS NOT NULL THEN u.code ELSE t.beneath_code END,
       CASE WHEN t.until IS NULL AND :until IS NOT NULL THEN u.info ELSE t.beneath_info END
FROM units AS u LEFT JOIN time_limits AS t ON t.revision = u.revision
WHERE u.name IN (SELECT value FROM json_each(:names))
    AND (u.code <> :code OR u.info <> :info OR t.until IS NOT :until)
ORDER BY u.name;

-- name: record_undone_statuses
-- One change for each unit of a batch, or of one change, back to what it had before: what lay beneath that where its
-- time has passed meanwhile.
INSERT INTO changes (
    kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, batch, until, old_until,
    beneath_code, beneath_info
)
SELECT 'set', u.name, u.application, :who, :at, :why, u.code, u.info,
       CASE WHEN c.old_until <= :at THEN c.beneath_code ELSE c.old_code END,
       CASE WHEN c.old_until <= :at THEN c.beneath_info ELSE c.old_info END,
       :batch,
       CASE WHEN c.old_until > :at THEN c.old_until END,
       c.until, c.beneath_code, c.beneath_info
FROM changes AS c JOIN units AS u ON u.name = c.unit
WHERE (c.revision = :undone OR c.batch = :undone_batch) AND c.kind = 'set'
ORDER BY c.revision;

-- name: read_moved_on
-- Units of a batch, or of one change, whose status is not what that made it.
SELECT c.unit
FROM changes AS c LEFT JOIN units AS u ON u.name = c.unit
WHERE (c.revision = :undone OR c.batch = :undone_batch) AND c.kind = 'set'
  AND (u.revision IS NULL OR u.revision <> c.revision)
ORDER BY c.revision
LIMIT 4;

-- name: apply_batch
-- Follows what recorded the changes of a batch, in the same transaction.
UPDATE units
SET code = c.new_code, info = c.new_info, since = c.at, revision = c.revision
FROM changes AS c
WHERE c.batch = :batch AND c.kind = 'set' AND c.unit = units.name;

-- name: read_level
-- What is set for an application or the model, with its end.
SELECT l.scope, l.code, l.info, l.since, l.revision, t.until, t.beneath_code, t.beneath_info
FROM levels AS l LEFT JOIN time_limits AS t ON t.revision = l.revision
WHERE l.scope = :scope;

-- name: read_levels
-- What is set for applications and the model, with their ends.
SELECT l.scope, l.code, l.info, l.since, l.revision, t.until, t.beneath_code, t.beneath_info
FROM levels AS l LEFT JOIN time_limits AS t ON t.revision = l.revision
ORDER BY l.scope;

-- name: set_level
-- Sets the status of an application or the model; its change comes before.
INSERT INTO levels (scope, code, info, since, revision)
VALUES (:scope, :new_code, :new_info, :at, :revision)
ON CONFLICT (scope) DO UPDATE
SET code = excluded.code, info = excluded.info, since = excluded.since, revision = excluded.revision;

-- name: remove_level
-- Takes the status of an application or the model away.
DELETE FROM levels WHERE scope = :scope;
