SELECT name, application, password_hash, code, info, since, revision, added
FROM units
WHERE name > :after
ORDER BY name
LIMIT :limit
