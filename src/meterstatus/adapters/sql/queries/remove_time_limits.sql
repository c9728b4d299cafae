-- Of a batch, or of one change: those whose time is over.
DELETE FROM time_limits
WHERE until <= :at AND (revision = :due OR revision IN (SELECT revision FROM changes WHERE batch = :due_batch))
