-- What ends first of all that is over. Its change may be gone, where another one has long taken its place.
SELECT t.revision, t.until, c.who, c.at, c.batch, c.scope
FROM time_limits AS t LEFT JOIN changes AS c ON c.revision = t.revision
WHERE t.until <= :at
ORDER BY t.until, t.revision
LIMIT 1
