SELECT scope, policy, revision FROM policies ORDER BY scope
