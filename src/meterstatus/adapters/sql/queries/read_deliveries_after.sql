SELECT number, unit, received, id, attempt, hook, code, info, origin, result, exit_status, detail, log, ended
FROM deliveries
WHERE number > :after AND former = 0
ORDER BY number
LIMIT :limit
