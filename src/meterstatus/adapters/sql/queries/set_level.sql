INSERT INTO levels (scope, code, info, since, revision)
VALUES (:scope, :new_code, :new_info, :at, :revision)
ON CONFLICT (scope) DO UPDATE
SET code = excluded.code, info = excluded.info, since = excluded.since, revision = excluded.revision
