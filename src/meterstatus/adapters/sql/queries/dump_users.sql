SELECT name, salt, password_hash, access, enabled
FROM users
WHERE name > :after
ORDER BY name
LIMIT :limit
