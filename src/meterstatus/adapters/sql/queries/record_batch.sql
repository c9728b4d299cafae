-- One change for each unit named whose status will differ. The names are a JSON list.
INSERT INTO changes (kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, batch)
SELECT 'set', name, application, :who, :at, :why, code, info, :code, :info, :batch
FROM units
WHERE name IN (SELECT value FROM json_each(:names)) AND (code <> :code OR info <> :info)
ORDER BY name
