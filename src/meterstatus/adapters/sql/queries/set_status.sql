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
RETURNING revision
