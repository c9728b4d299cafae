INSERT INTO changes (
    kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, scope, old_policy, new_policy,
    detail, until, old_until, beneath_code, beneath_info, ended
)
VALUES (
    :kind, :unit, :application, :who, :at, :why, :old_code, :old_info, :new_code, :new_info,
    :scope, :old_policy, :new_policy, :detail, :until, :old_until, :beneath_code, :beneath_info, :ended
)
RETURNING revision
