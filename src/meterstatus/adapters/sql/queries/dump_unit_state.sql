SELECT unit, field, text
FROM unit_state
WHERE unit > :after OR (unit = :after AND field > :after_second)
ORDER BY unit, field
LIMIT :limit
