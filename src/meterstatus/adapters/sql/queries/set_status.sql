-- One change for each unit chosen whose status will differ, then that status; returns the revisions. The parameter
-- not chosen by is NULL, which equals nothing.
INSERT INTO changes (kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, batch)
SELECT 'set', name, application, :who, :at, :why, code, info, :code, :info, :batch
FROM units
WHERE (name = :unit OR application = :application) AND (code <> :code OR info <> :info)
ORDER BY name;

UPDATE units
SET code = :code, info = :info, since = :at,
    revision = (SELECT max(revision) FROM changes WHERE changes.unit = units.name)
WHERE (name = :unit OR application = :application) AND (code <> :code OR info <> :info)
RETURNING revision
