SELECT scope, code, info, since, revision
FROM levels
WHERE scope > :after
ORDER BY scope
LIMIT :limit
