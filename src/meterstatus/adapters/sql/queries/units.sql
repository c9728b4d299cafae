-- Units, and what agents store with them.

-- name: read_unit
-- What a change of a unit looks at.
SELECT code, info, password_hash, added FROM units WHERE name = :unit;

-- name: read_application
-- Whether an application has a unit.
SELECT 1 FROM units WHERE application = :application LIMIT 1;

-- name: read_units
-- Every unit, with the end of its status.
SELECT u.name AS unit_name, u.password_hash AS unit_password_hash, u.code AS unit_code, u.info AS unit_info,
       u.revision AS unit_revision, u.since AS unit_since, u.added AS unit_added,
       t.until AS unit_until, t.beneath_code AS unit_beneath_code, t.beneath_info AS unit_beneath_info
FROM units AS u LEFT JOIN time_limits AS t ON t.revision = u.revision
ORDER BY u.name;

-- name: add_unit
-- Adds a unit; its change comes before.
INSERT INTO units (name, application, password_hash, code, info, since, revision, added)
VALUES (:unit, :application, :password_hash, :new_code, :new_info, :at, :revision, :revision);

-- name: remove_unit
-- Removes a unit, and by reference its state and its presence.
DELETE FROM units WHERE name = :unit;

-- name: set_password_hash
-- Sets the hash of a unit's password.
UPDATE units SET password_hash = :password_hash WHERE name = :unit;

-- name: read_unit_state
-- What is stored of a unit, by field.
SELECT field, text FROM unit_state WHERE unit = :unit;

-- name: set_state_field
-- Stores a field of a unit's state.
INSERT INTO unit_state (unit, field, text) VALUES (:unit, :field, :text)
ON CONFLICT (unit, field) DO UPDATE SET text = excluded.text;

-- name: remove_state_field
-- Removes a field of a unit's state.
DELETE FROM unit_state WHERE unit = :unit AND field = :field;
