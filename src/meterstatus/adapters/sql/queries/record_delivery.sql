INSERT INTO deliveries (
    unit, application, received, id, attempt, hook, code, info, origin, result, exit_status, detail, log, ended
)
VALUES (
    :unit, :application, :received, :id, :attempt, :hook, :code, :info, :origin, :result, :exit_status, :detail,
    :log, :ended
)
