-- Controller processes, and which units are connected to them.

-- name: read_controller
-- A controller process by its name.
SELECT name, addresses, started, seen, ahead FROM controllers WHERE name = :name;

-- name: read_controllers
-- Every controller process.
SELECT name, addresses, started, seen, ahead FROM controllers ORDER BY name;

-- name: report_controller
-- Puts down a heartbeat of a controller process.
INSERT INTO controllers (name, addresses, started, seen, ahead)
VALUES (:name, :addresses, :seen, :seen, :ahead)
ON CONFLICT (name) DO UPDATE SET addresses = excluded.addresses, seen = excluded.seen, ahead = excluded.ahead;

-- name: forget_controller
-- Takes a controller process out.
DELETE FROM controllers WHERE name = :name;

-- name: record_presence
-- Puts down what a controller process knows of a unit, where nobody knows something newer.
INSERT INTO presence (unit, controller, since, last_contact, is_exact, trouble)
SELECT name, :controller, :since, :last_contact, :is_exact, :trouble FROM units WHERE name = :unit
ON CONFLICT (unit) DO UPDATE
SET controller = excluded.controller,
    since = excluded.since,
    last_contact = excluded.last_contact,
    is_exact = excluded.is_exact,
    trouble = excluded.trouble
WHERE presence.controller = :by
    OR (presence.since <= excluded.since AND (excluded.controller <> '' OR presence.controller = ''));

-- name: read_presence
-- What is known of every unit.
SELECT unit, controller, since, last_contact, is_exact, trouble FROM presence ORDER BY unit;

-- name: settle_presence
-- Makes the units of a controller process that is gone those of none, since it was last heard of.
UPDATE presence
SET controller = '',
    since = CASE WHEN last_contact > :seen THEN last_contact ELSE :seen END,
    last_contact = CASE WHEN last_contact > :seen THEN last_contact ELSE :seen END,
    is_exact = :is_exact,
    trouble = ''
WHERE controller = :name;
