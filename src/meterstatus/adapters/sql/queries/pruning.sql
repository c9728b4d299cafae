-- Removes changes that are kept long enough, and says which had to go.

-- name: prune_old_changes
-- Removes old changes, the oldest first.
-- Those that a unit, a level or a policy stands on stay, and so does the newest.
DELETE FROM changes
WHERE revision IN (
    SELECT revision
    FROM changes
    WHERE at < :before AND revision < :newest
      AND revision NOT IN (
          SELECT revision FROM units UNION SELECT added FROM units
          UNION SELECT revision FROM policies UNION SELECT revision FROM levels
      )
    ORDER BY at
    LIMIT :limit
)
RETURNING revision, who;

-- name: prune_surplus_changes
-- Removes changes that are too many, the lowest revisions first.
-- Of those that no unit's agent made. Those that a unit, a level or a policy stands on stay, and so does what is not settled.
DELETE FROM changes
WHERE revision IN (
    SELECT revision
    FROM changes
    WHERE revision <= :up_to AND at < :settled_before AND substr(who, 1, 5) <> 'unit-'
      AND revision NOT IN (
          SELECT revision FROM units UNION SELECT added FROM units
          UNION SELECT revision FROM policies UNION SELECT revision FROM levels
      )
    ORDER BY revision
    LIMIT :limit
)
RETURNING revision;

-- name: prune_own_changes
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
RETURNING revision;

-- name: read_surplus
-- The newest change that has as many above it as are kept, those that agents made of their own units left out.
SELECT revision
FROM changes
WHERE substr(who, 1, 5) <> 'unit-'
ORDER BY revision DESC
LIMIT 1 OFFSET :most;

-- name: read_pruned
-- The highest revision that was removed.
SELECT value FROM meta WHERE key = 'pruned';

-- name: set_pruned
-- Notes the highest revision that was removed.
INSERT INTO meta (key, value) VALUES ('pruned', :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;
