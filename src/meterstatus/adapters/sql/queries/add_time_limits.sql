-- Follows what recorded the changes of a batch, or one change, in the same transaction.
INSERT INTO time_limits (revision, until, beneath_code, beneath_info)
SELECT revision, until, beneath_code, beneath_info
FROM changes
WHERE (batch = :batch OR revision = :revision) AND until IS NOT NULL
