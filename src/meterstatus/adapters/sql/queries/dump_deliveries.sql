SELECT number, unit, application, received, id, attempt, hook, code, info, origin, result, exit_status,
       detail, log, ended, former
FROM deliveries
WHERE number > :after
ORDER BY number
LIMIT :limit
