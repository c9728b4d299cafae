-- One change for each unit of a batch, or of one change, back to what it had before.
INSERT INTO changes (kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, batch)
SELECT 'set', u.name, u.application, :who, :at, :why, u.code, u.info, c.old_code, c.old_info, :batch
FROM changes AS c JOIN units AS u ON u.name = c.unit
WHERE (c.revision = :undone OR c.batch = :undone_batch) AND c.kind = 'set'
ORDER BY c.revision
