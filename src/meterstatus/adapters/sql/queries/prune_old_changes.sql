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
RETURNING revision, who
