SELECT name, salt, password_hash, access, enabled FROM users ORDER BY name
