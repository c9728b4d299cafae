-- Whose database it is, its users, and what holds for the whole fleet.

-- name: read_meta
-- Everything that is held by a key.
SELECT key, value FROM meta;

-- name: add_meta
-- Adds a key, which is not there.
INSERT INTO meta (key, value) VALUES (:key, :value);

-- name: set_meta
-- Holds a value by a key, in place of the one before.
INSERT INTO meta (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: remove_meta
-- Holds nothing by a key any more.
DELETE FROM meta WHERE key = :key;

-- name: add_user
-- Adds a user.
INSERT INTO users (name, salt, password_hash, access, enabled)
VALUES (:name, :salt, :password_hash, :access, :enabled);

-- name: read_users
-- Every user.
SELECT name, salt, password_hash, access, enabled FROM users ORDER BY name;

-- name: go_on_counting
-- After numbers were loaded: SQLite goes on above them by itself.
SELECT 1;
