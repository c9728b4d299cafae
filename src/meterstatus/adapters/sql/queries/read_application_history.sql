SELECT revision, kind, unit, who, at, why, old_code, old_info, new_code, new_info,
       scope, old_policy, new_policy, detail, batch, until, old_until, beneath_code, beneath_info, ended
FROM changes
WHERE application = :name AND revision < :before AND (:is_without_own = 0 OR substr(who, 1, 5) <> 'unit-')
ORDER BY revision DESC
LIMIT :limit
