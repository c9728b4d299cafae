INSERT INTO changes (kind, unit, application, who, at, why, old_code, old_info, new_code, new_info)
VALUES (:kind, :unit, :application, :who, :at, :why, :old_code, :old_info, :new_code, :new_info)
