-- Units of a batch, or of one change, whose status is not what that made it.
SELECT c.unit
FROM changes AS c LEFT JOIN units AS u ON u.name = c.unit
WHERE (c.revision = :undone OR c.batch = :undone_batch) AND c.kind = 'set'
  AND (u.revision IS NULL OR u.revision <> c.revision)
ORDER BY c.revision
LIMIT 4
