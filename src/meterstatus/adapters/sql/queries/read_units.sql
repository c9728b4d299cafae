SELECT u.name, u.password_hash, u.code, u.info, u.revision, u.since, u.added,
       t.until, t.beneath_code, t.beneath_info
FROM units AS u LEFT JOIN time_limits AS t ON t.revision = u.revision
ORDER BY u.name
