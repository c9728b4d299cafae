DELETE FROM deliveries
WHERE number IN (
    SELECT number FROM deliveries WHERE received < :before ORDER BY received LIMIT :limit
)
RETURNING number
