-- The newest revision, and what tells the change last seen from another one of its number.
SELECT coalesce(max(revision), 0), (SELECT stamp FROM changes WHERE revision = :seen) FROM changes
