-- One change for each unit named whose status will differ, or stay where it had an end. The names are a JSON list.
INSERT INTO changes (
    kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, batch, until, old_until,
    beneath_code, beneath_info
)
SELECT 'set', u.name, u.application, :who, :at, :why, u.code, u.info, :code, :info, :batch, :until, t.until,
       CASE WHEN t.until IS NULL AND :until IS NOT NULL THEN u.code ELSE t.beneath_code END,
       CASE WHEN t.until IS NULL AND :until IS NOT NULL THEN u.info ELSE t.beneath_info END
FROM units AS u LEFT JOIN time_limits AS t ON t.revision = u.revision
WHERE u.name IN (SELECT value FROM json_each(:names))
    AND (u.code <> :code OR u.info <> :info OR t.until IS NOT NULL OR :until IS NOT NULL)
ORDER BY u.name
