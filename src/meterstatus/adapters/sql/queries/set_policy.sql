INSERT INTO policies (scope, policy, revision)
VALUES (:scope, :new_policy, :revision)
ON CONFLICT (scope) DO UPDATE SET policy = excluded.policy, revision = excluded.revision
