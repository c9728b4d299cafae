-- But for the newest of each unit's status hook, and the newest that is a delivery: a controller shows both.
DELETE FROM deliveries
WHERE number IN (
    SELECT number
    FROM deliveries AS old
    WHERE received < :before
      AND EXISTS (
          SELECT 1 FROM deliveries AS newer
          WHERE newer.unit = old.unit AND newer.number > old.number AND newer.hook = 'meter-status-changed'
      )
      AND (
          old.hook <> 'meter-status-changed'
          OR old.result NOT IN ('ran', 'missing')
          OR EXISTS (
              SELECT 1 FROM deliveries AS newer
              WHERE newer.unit = old.unit AND newer.number > old.number
                AND newer.hook = 'meter-status-changed' AND newer.result IN ('ran', 'missing')
          )
      )
    ORDER BY received
    LIMIT :limit
)
RETURNING number
