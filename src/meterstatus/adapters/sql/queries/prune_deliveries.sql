-- But for the newest of each unit's status hook: a controller shows it.
DELETE FROM deliveries
WHERE number IN (
    SELECT number
    FROM deliveries AS old
    WHERE received < :before
      AND EXISTS (
          SELECT 1 FROM deliveries AS newer
          WHERE newer.unit = old.unit AND newer.number > old.number AND newer.hook = 'meter-status-changed'
      )
    ORDER BY received
    LIMIT :limit
)
RETURNING number
