-- But for the newest of its status hook that is a delivery: behind any number of failures a controller shows it.
DELETE FROM deliveries
WHERE unit = :unit AND number <= (
    SELECT number FROM deliveries WHERE unit = :unit ORDER BY number DESC LIMIT 1 OFFSET :kept
)
AND number <> COALESCE((
    SELECT MAX(number) FROM deliveries
    WHERE unit = :unit AND hook = 'meter-status-changed' AND result IN ('ran', 'missing')
), 0)
