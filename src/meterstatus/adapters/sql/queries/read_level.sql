SELECT l.scope, l.code, l.info, l.since, l.revision, t.until, t.beneath_code, t.beneath_info
FROM levels AS l LEFT JOIN time_limits AS t ON t.revision = l.revision
WHERE l.scope = :scope
