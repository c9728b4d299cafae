-- One change for each unit chosen whose status will differ, and that status; returns the revisions. The parameter not
-- chosen by is NULL, which equals nothing. One statement, because each is a message there and back.
WITH recorded AS (
    INSERT INTO changes (kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, batch)
    SELECT 'set', name, application, :who, :at, :why, code, info, :code, :info, :batch
    FROM units
    WHERE (name = :unit OR application = :application) AND (code <> :code OR info <> :info)
    ORDER BY name
    RETURNING unit, revision
)
UPDATE units
SET code = :code, info = :info, since = :at, revision = recorded.revision
FROM recorded
WHERE units.name = recorded.unit
RETURNING units.revision
