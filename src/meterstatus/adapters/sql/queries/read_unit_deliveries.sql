SELECT unit, received, id, attempt, hook, code, info, origin, result, exit_status, detail, log, ended
FROM deliveries
WHERE unit = :name
ORDER BY number DESC
LIMIT :limit
