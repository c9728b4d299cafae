SELECT scope, policy, revision
FROM policies
WHERE scope > :after
ORDER BY scope
LIMIT :limit
