INSERT INTO changes (
    revision, kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, scope,
    old_policy, new_policy, detail, batch, until, old_until, beneath_code, beneath_info, ended
)
VALUES (
    :revision, :kind, :unit, :application, :who, :at, :why, :old_code, :old_info, :new_code, :new_info,
    :scope, :old_policy, :new_policy, :detail, :batch, :until, :old_until, :beneath_code, :beneath_info, :ended
)
