INSERT INTO presence (unit, controller, since, last_contact, is_exact, trouble)
SELECT name, :controller, :since, :last_contact, :is_exact, :trouble FROM units WHERE name = :unit
ON CONFLICT (unit) DO UPDATE
SET controller = excluded.controller,
    since = excluded.since,
    last_contact = excluded.last_contact,
    is_exact = excluded.is_exact,
    trouble = excluded.trouble
WHERE presence.controller = :by
    OR (presence.since <= excluded.since AND (excluded.controller <> '' OR presence.controller = ''))
