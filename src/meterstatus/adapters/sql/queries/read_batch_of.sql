-- A change with all that were made by the same call; the batch of none equals nothing.
SELECT revision, kind, unit, who, at, why, old_code, old_info, new_code, new_info,
       scope, old_policy, new_policy, detail, batch, until, old_until, beneath_code, beneath_info, ended
FROM changes
WHERE revision = :revision OR batch = (SELECT batch FROM changes WHERE revision = :revision)
ORDER BY revision
