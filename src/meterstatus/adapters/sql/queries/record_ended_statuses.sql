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
ORDER BY u.name
