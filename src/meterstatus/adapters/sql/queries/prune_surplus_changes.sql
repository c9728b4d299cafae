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
RETURNING revision
