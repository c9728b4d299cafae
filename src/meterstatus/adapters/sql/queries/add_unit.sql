INSERT INTO units (name, application, password_hash, code, info, since, revision, added)
VALUES (:unit, :application, :password_hash, :new_code, :new_info, :at, :revision, :revision)
