-- Policies of units, applications and the model, by the tag of whose it is.

-- name: read_policy
-- The policy of one.
SELECT policy FROM policies WHERE scope = :scope;

-- name: read_policies
-- Every policy.
SELECT scope, policy, revision FROM policies ORDER BY scope;

-- name: set_policy
-- Sets a policy; its change comes before.
INSERT INTO policies (scope, policy, revision)
VALUES (:scope, :new_policy, :revision)
ON CONFLICT (scope) DO UPDATE SET policy = excluded.policy, revision = excluded.revision;

-- name: remove_policy
-- Takes a policy away.
DELETE FROM policies WHERE scope = :scope;
