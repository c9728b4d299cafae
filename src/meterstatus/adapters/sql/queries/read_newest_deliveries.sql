SELECT unit, received, id, attempt, hook, code, info, origin, result, exit_status, detail, log, ended
FROM deliveries
WHERE number IN (
    SELECT MAX(number) FROM deliveries WHERE hook = :hook AND former = 0 GROUP BY unit
    UNION
    SELECT MAX(number) FROM deliveries
    WHERE hook = :hook AND former = 0 AND result IN ('ran', 'missing')
    GROUP BY unit
)
ORDER BY unit, number
