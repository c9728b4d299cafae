INSERT INTO time_limits (
    revision, until, beneath_code, beneath_info
)
VALUES (
    :revision, :until, :beneath_code, :beneath_info
)
