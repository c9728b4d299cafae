INSERT INTO changes (
    kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, scope, old_policy, new_policy,
    detail
)
VALUES (
    :kind, :unit, :application, :who, :at, :why, :old_code, :old_info, :new_code, :new_info,
    :scope, :old_policy, :new_policy, :detail
)
RETURNING revision
