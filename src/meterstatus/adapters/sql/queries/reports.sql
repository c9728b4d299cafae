-- What agents report of hook runs. A former report is of a unit that was removed.

-- name: record_delivery
-- Keeps a report, as the newest.
INSERT INTO deliveries (
    unit, application, received, id, attempt, hook, code, info, origin, result, exit_status, detail, log, ended
)
VALUES (
    :unit, :application, :received, :id, :attempt, :hook, :code, :info, :origin, :result, :exit_status, :detail,
    :log, :ended
);

-- name: forget_delivery
-- Removes a former report of the same attempt.
DELETE FROM deliveries WHERE unit = :unit AND hook = :hook AND id = :id AND attempt = :attempt;

-- name: drop_deliveries
-- Removes a unit's reports beyond so many of the newest.
-- But for the newest of its status hook that is a delivery: behind any number of failures a controller shows it.
DELETE FROM deliveries
WHERE unit = :unit AND number <= (
    SELECT number FROM deliveries WHERE unit = :unit ORDER BY number DESC LIMIT 1 OFFSET :kept
)
AND number <> COALESCE((
    SELECT MAX(number) FROM deliveries
    WHERE unit = :unit AND hook = 'meter-status-changed' AND result IN ('ran', 'missing')
), 0);

-- name: leave_deliveries
-- Makes a unit's reports former ones.
UPDATE deliveries SET former = 1 WHERE unit = :unit AND former = 0;

-- name: read_deliveries
-- The newest of all reports, newest first.
SELECT unit, received, id, attempt, hook, code, info, origin, result, exit_status, detail, log, ended
FROM deliveries
ORDER BY number DESC
LIMIT :limit;

-- name: read_unit_deliveries
-- The newest reports of a unit, newest first.
SELECT unit, received, id, attempt, hook, code, info, origin, result, exit_status, detail, log, ended
FROM deliveries
WHERE unit = :name
ORDER BY number DESC
LIMIT :limit;

-- name: read_application_deliveries
-- The newest reports of an application, newest first.
SELECT unit, received, id, attempt, hook, code, info, origin, result, exit_status, detail, log, ended
FROM deliveries
WHERE application = :name
ORDER BY number DESC
LIMIT :limit;

-- name: read_newest_deliveries
-- Of each unit the newest report of a hook, and the newest that is a delivery.
SELECT unit, received, id, attempt, hook, code, info, origin, result, exit_status, detail, log, ended
FROM deliveries
WHERE number IN (
    SELECT MAX(number) FROM deliveries WHERE hook = :hook AND former = 0 GROUP BY unit
    UNION
    SELECT MAX(number) FROM deliveries
    WHERE hook = :hook AND former = 0 AND result IN ('ran', 'missing')
    GROUP BY unit
)
ORDER BY unit, number;

-- name: read_deliveries_after
-- What was reported after a number, oldest first.
SELECT number, unit, received, id, attempt, hook, code, info, origin, result, exit_status, detail, log, ended
FROM deliveries
WHERE number > :after AND former = 0
ORDER BY number
LIMIT :limit;

-- name: read_last_delivery
-- The number of the newest report.
SELECT number FROM deliveries ORDER BY number DESC LIMIT 1;

-- name: prune_deliveries
-- Removes old reports, the oldest first.
-- But for the newest of each unit's status hook, and the newest that is a delivery: a controller shows both.
DELETE FROM deliveries
WHERE number IN (
    SELECT number
    FROM deliveries AS old
    WHERE received < :before
      AND EXISTS (
          SELECT 1 FROM deliveries AS newer
          WHERE newer.unit = old.unit AND newer.number > old.number AND newer.hook = 'meter-status-changed'
      )
      AND (
          old.hook <> 'meter-status-changed'
          OR old.result NOT IN ('ran', 'missing')
          OR EXISTS (
              SELECT 1 FROM deliveries AS newer
              WHERE newer.unit = old.unit AND newer.number > old.number
                AND newer.hook = 'meter-status-changed' AND newer.result IN ('ran', 'missing')
          )
      )
    ORDER BY received
    LIMIT :limit
)
RETURNING number;
