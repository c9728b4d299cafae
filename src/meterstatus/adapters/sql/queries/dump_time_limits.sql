SELECT revision, until, beneath_code, beneath_info
FROM time_limits
WHERE revision > :after
ORDER BY revision
LIMIT :limit
