-- The tail: what was committed after a revision, each change with its unit as it is now.
SELECT c.revision, c.kind, c.unit, c.who, c.at, c.why, c.old_code, c.old_info, c.new_code, c.new_info,
       c.scope, c.old_policy, c.new_policy, c.detail, c.batch,
       c.until, c.old_until, c.beneath_code, c.beneath_info, c.ended,
       u.name, u.password_hash, u.code, u.info, u.revision, u.since, u.added,
       t.until, t.beneath_code, t.beneath_info
FROM changes AS c
    LEFT JOIN units AS u ON u.name = c.unit
    LEFT JOIN time_limits AS t ON t.revision = u.revision
WHERE c.revision > :after
ORDER BY c.revision
