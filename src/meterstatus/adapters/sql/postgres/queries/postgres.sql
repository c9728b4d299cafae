-- What PostgreSQL says in other words than SQLite, and what only it is asked.

-- name: forget_writers
-- Forgets controllers that committed nothing for a day.
DELETE FROM writers WHERE at < now() - interval '1 day';

-- name: announce_neighbour
-- Says where a controller is reached.
INSERT INTO neighbours (name, hosts, port, heard)
VALUES (:name, :hosts, :port, now())
ON CONFLICT (name) DO UPDATE SET hosts = excluded.hosts, port = excluded.port, heard = excluded.heard;

-- name: forget_neighbours
-- Forgets controllers that said nothing for long.
DELETE FROM neighbours WHERE heard < now() - make_interval(secs => :kept);

-- name: read_neighbours
-- Where the others are reached, the one heard of last first.
SELECT hosts, port FROM neighbours WHERE name <> :name ORDER BY heard DESC, name;

-- name: read_clock
-- What time it is.
SELECT clock_timestamp() AS at;

-- name: read_position
-- The newest revision, what tells the change last seen from another one of its number, and what is not kept.
SELECT coalesce(max(revision), 0) AS newest, (SELECT stamp FROM changes WHERE revision = :seen) AS stamp,
       coalesce((SELECT value::bigint FROM meta WHERE key = 'pruned'), 0) AS pruned
FROM changes;

-- name: read_tail
-- The tail: what was committed after the revision seen last, each change with its unit as it is now, and before that
-- where the database stands: the newest revision, what tells the change seen last from another one of its number,
-- what is no longer kept. At least one row, whose change is NULL where nothing is new.
--
-- A statement that is prepared cannot know how few changes are new. So their number has a limit, else all changes
-- would be read, and their units are looked up one by one (LATERAL), else all units would.
SELECT stand.newest, stand.stamp AS seen_stamp, stand.pruned, c.stamp,
       c.revision, c.kind, c.unit, c.who, c.at, c.why, c.old_code, c.old_info, c.new_code, c.new_info,
       c.scope, c.old_policy, c.new_policy, c.detail, c.batch,
       c.until, c.old_until, c.beneath_code, c.beneath_info, c.ended,
       u.name AS unit_name, u.password_hash AS unit_password_hash, u.code AS unit_code, u.info AS unit_info,
       u.revision AS unit_revision, u.since AS unit_since, u.added AS unit_added,
       t.until AS unit_until, t.beneath_code AS unit_beneath_code, t.beneath_info AS unit_beneath_info
FROM (
    SELECT coalesce(max(revision), 0) AS newest,
           (SELECT stamp FROM changes WHERE revision = :seen) AS stamp,
           coalesce((SELECT value::bigint FROM meta WHERE key = 'pruned'), 0) AS pruned
    FROM changes
) AS stand
LEFT JOIN (SELECT * FROM changes WHERE revision > :seen ORDER BY revision LIMIT :most) AS c ON true
LEFT JOIN LATERAL (SELECT * FROM units WHERE name = c.unit LIMIT 1) AS u ON true
LEFT JOIN LATERAL (SELECT * FROM time_limits WHERE revision = u.revision LIMIT 1) AS t ON true
ORDER BY c.revision;

-- name: set_status
-- One change for each unit chosen whose status will differ, or stay where it had an end, and that status; returns the
-- revisions. The parameter not chosen by is NULL, which equals nothing. One statement, because each is a message there
-- and back.
WITH recorded AS (
    INSERT INTO changes (
        kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, batch, old_until, beneath_code,
        beneath_info
    )
    SELECT 'set', u.name, u.application, :who, :at, :why, u.code, u.info, :code, :info, :batch, t.until,
           t.beneath_code, t.beneath_info
    FROM units AS u LEFT JOIN time_limits AS t ON t.revision = u.revision
    WHERE (u.name = :unit OR u.application = :application)
        AND (u.code <> :code OR u.info <> :info OR t.until IS NOT NULL)
    ORDER BY u.name
    RETURNING unit, revision
)
UPDATE units
SET code = :code, info = :info, since = :at, revision = recorded.revision
FROM recorded
WHERE units.name = recorded.unit
RETURNING units.revision;

-- name: record_batch
-- One change for each unit named whose status or its end will differ. The names are a JSON list.
INSERT INTO changes (
    kind, unit, application, who, at, why, old_code, old_info, new_code, new_info, batch, until, old_until,
    beneath_code, beneath_info
)
SELECT 'set', u.name, u.application, :who, :at, :why, u.code, u.info, :code, :info, :batch, CAST(:until AS timestamptz), t.until,
       CASE WHEN t.until IS NULL AND CAST(:until AS timestamptz) IS NOT NULL THEN u.code ELSE t.beneath_code END,
       CASE WHEN t.until IS NULL AND CAST(:until AS timestamptz) IS NOT NULL THEN u.info ELSE t.beneath_info END
FROM units AS u LEFT JOIN time_limits AS t ON t.revision = u.revision
WHERE u.name IN (SELECT jsonb_array_elements_text(CAST(:names AS jsonb)))
    AND (u.code <> :code OR u.info <> :info OR t.until IS DISTINCT FROM CAST(:until AS timestamptz))
ORDER BY u.name;

-- name: go_on_counting
-- After numbers were loaded: what is given next is above them.
SELECT setval(pg_get_serial_sequence('changes', 'revision'), (SELECT coalesce(max(revision), 0) + 1 FROM changes), false),
       setval(pg_get_serial_sequence('deliveries', 'number'), (SELECT coalesce(max(number), 0) + 1 FROM deliveries), false);
