INSERT INTO units (
    name, application, password_hash, code, info, since, revision, added
)
VALUES (
    :name, :application, :password_hash, :code, :info, :since, :revision, :added
)
