INSERT INTO deliveries (
    number, unit, application, received, id, attempt, hook, code, info, origin, result, exit_status, detail,
    log, ended, former
)
VALUES (
    :number, :unit, :application, :received, :id, :attempt, :hook, :code, :info, :origin, :result,
    :exit_status, :detail, :log, :ended, COALESCE(:former, 0)
)
