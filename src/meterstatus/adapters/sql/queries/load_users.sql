INSERT INTO users (
    name, salt, password_hash, access, enabled
)
VALUES (
    :name, :salt, :password_hash, :access, :enabled
)
