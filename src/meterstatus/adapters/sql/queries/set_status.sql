-- Follows record_status_changes.sql with the same parameters, in the same transaction.
UPDATE units
SET code = :code, info = :info, since = :at,
    revision = (SELECT max(revision) FROM changes WHERE changes.unit = units.name)
WHERE (name = :unit OR application = :application)
    AND (code <> :code OR info <> :info OR revision IN (SELECT revision FROM time_limits))
