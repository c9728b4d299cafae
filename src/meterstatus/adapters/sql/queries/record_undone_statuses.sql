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
ORDER BY c.revision
