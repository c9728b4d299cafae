-- The tail: what was committed after the revision seen last, each change with its unit as it is now, and before that
-- where the database stands: the newest revision, what tells the change seen last from another one of its number,
-- what is no longer kept. At least one row, whose change is NULL where nothing is new.
--
-- A statement that is prepared cannot know how few changes are new. So their number has a limit, else all changes
-- would be read, and their units are looked up one by one (LATERAL), else all units would.
SELECT stand.newest, stand.stamp, stand.pruned, c.stamp,
       c.revision, c.kind, c.unit, c.who, c.at, c.why, c.old_code, c.old_info, c.new_code, c.new_info,
       c.scope, c.old_policy, c.new_policy, c.detail, c.batch,
       c.until, c.old_until, c.beneath_code, c.beneath_info, c.ended,
       u.name, u.password_hash, u.code, u.info, u.revision, u.since, u.added,
       t.until, t.beneath_code, t.beneath_info
FROM (
    SELECT coalesce(max(revision), 0) AS newest,
           (SELECT stamp FROM changes WHERE revision = :seen) AS stamp,
           coalesce((SELECT value::bigint FROM meta WHERE key = 'pruned'), 0) AS pruned
    FROM changes
) AS stand
LEFT JOIN (SELECT * FROM changes WHERE revision > :seen ORDER BY revision LIMIT :most) AS c ON true
LEFT JOIN LATERAL (SELECT * FROM units WHERE name = c.unit LIMIT 1) AS u ON true
LEFT JOIN LATERAL (SELECT * FROM time_limits WHERE revision = u.revision LIMIT 1) AS t ON true
ORDER BY c.revision
