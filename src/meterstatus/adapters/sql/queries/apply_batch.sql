-- Follows what recorded the changes of a batch, in the same transaction.
UPDATE units
SET code = c.new_code, info = c.new_info, since = c.at, revision = c.revision
FROM changes AS c
WHERE c.batch = :batch AND c.kind = 'set' AND c.unit = units.name
