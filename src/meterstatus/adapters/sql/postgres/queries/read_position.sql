-- The newest revision, what tells the change last seen from another one of its number, and what is not kept.
SELECT coalesce(max(revision), 0), (SELECT stamp FROM changes WHERE revision = :seen),
       coalesce((SELECT value::bigint FROM meta WHERE key = 'pruned'), 0)
FROM changes
