-- What agents changed of their own units, but for the newest of each: nothing stands on those.
DELETE FROM changes
WHERE revision IN (
    SELECT revision
    FROM (
        SELECT revision, at, row_number() OVER (PARTITION BY unit ORDER BY revision DESC) AS place
        FROM changes
        WHERE substr(who, 1, 5) = 'unit-'
    ) AS own
    WHERE place > :most AND at < :settled_before AND revision < :newest
    ORDER BY revision
    LIMIT :limit
)
RETURNING revision
