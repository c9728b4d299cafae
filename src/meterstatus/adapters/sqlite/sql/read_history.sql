SELECT revision, kind, unit, who, at, why, old_code, old_info, new_code, new_info
FROM changes
WHERE revision < :before
ORDER BY revision DESC
LIMIT :limit
