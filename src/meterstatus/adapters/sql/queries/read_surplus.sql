-- The newest change that has as many above it as are kept, those that agents made of their own units left out.
SELECT revision
FROM changes
WHERE substr(who, 1, 5) <> 'unit-'
ORDER BY revision DESC
LIMIT 1 OFFSET :most
