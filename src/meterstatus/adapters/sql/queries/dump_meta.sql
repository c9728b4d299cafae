SELECT key, value
FROM meta
WHERE key > :after
ORDER BY key
LIMIT :limit
