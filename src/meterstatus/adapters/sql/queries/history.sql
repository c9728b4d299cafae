-- Changes: each is a row, whose number is its revision.

-- name: record_change
-- Enters a change, and returns its revision.
INSERT INTO changes (
    kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, scope, old_policy, new_policy,
    detail, until, old_until, beneath_code, beneath_info, ended
)
VALUES (
    :kind, :unit, :application, :who, :at, :why, :old_code, :old_info, :new_code, :new_info,
    :scope, :old_policy, :new_policy, :detail, :until, :old_until, :beneath_code, :beneath_info, :ended
)
RETURNING revision;

-- name: read_last_revision
-- The newest revision; 0 where nothing ever changed.
SELECT coalesce(max(revision), 0) AS revision FROM changes;

-- name: read_history
-- Changes before a revision, newest first.
SELECT revision, kind, unit, who, at, why, old_code, old_info, new_code, new_info,
       scope, old_policy, new_policy, detail, batch, until, old_until, beneath_code, beneath_info, ended
FROM changes
WHERE revision < :before AND (:is_without_own = 0 OR substr(who, 1, 5) <> 'unit-')
ORDER BY revision DESC
LIMIT :limit;

-- name: read_unit_history
-- Changes of a unit before a revision, newest first.
SELECT revision, kind, unit, who, at, why, old_code, old_info, new_code, new_info,
       scope, old_policy, new_policy, detail, batch, until, old_until, beneath_code, beneath_info, ended
FROM changes
WHERE unit = :name AND revision < :before AND (:is_without_own = 0 OR substr(who, 1, 5) <> 'unit-')
ORDER BY revision DESC
LIMIT :limit;

-- name: read_application_history
-- Changes of an application before a revision, newest first.
SELECT revision, kind, unit, who, at, why, old_code, old_info, new_code, new_info,
       scope, old_policy, new_policy, detail, batch, until, old_until, beneath_code, beneath_info, ended
FROM changes
WHERE application = :name AND revision < :before AND (:is_without_own = 0 OR substr(who, 1, 5) <> 'unit-')
ORDER BY revision DESC
LIMIT :limit;

-- name: read_batch_of
-- A change with all that were made by the same call; the batch of none equals nothing.
SELECT revision, kind, unit, who, at, why, old_code, old_info, new_code, new_info,
       scope, old_policy, new_policy, detail, batch, until, old_until, beneath_code, beneath_info, ended
FROM changes
WHERE revision = :revision OR batch = (SELECT batch FROM changes WHERE revision = :revision)
ORDER BY revision;

-- name: read_updates
-- The tail: what was committed after a revision, each change with its unit as it is now.
SELECT c.revision, c.kind, c.unit, c.who, c.at, c.why, c.old_code, c.old_info, c.new_code, c.new_info,
       c.scope, c.old_policy, c.new_policy, c.detail, c.batch,
       c.until, c.old_until, c.beneath_code, c.beneath_info, c.ended,
       u.name AS unit_name, u.password_hash AS unit_password_hash, u.code AS unit_code, u.info AS unit_info,
       u.revision AS unit_revision, u.since AS unit_since, u.added AS unit_added,
       t.until AS unit_until, t.beneath_code AS unit_beneath_code, t.beneath_info AS unit_beneath_info
FROM changes AS c
    LEFT JOIN units AS u ON u.name = c.unit
    LEFT JOIN time_limits AS t ON t.revision = u.revision
WHERE c.revision > :after
ORDER BY c.revision;
