DELETE FROM deliveries
WHERE unit = :unit AND number <= (
    SELECT number FROM deliveries WHERE unit = :unit ORDER BY number DESC LIMIT 1 OFFSET :kept
)
