-- With the numbers that they had.
INSERT INTO deliveries (
    number, unit, application, received, id, attempt, hook, code, info, origin, result, exit_status, detail,
    log, ended, former
)
OVERRIDING SYSTEM VALUE
VALUES (
    :number, :unit, :application, :received, :id, :attempt, :hook, :code, :info, :origin, :result,
    :exit_status, :detail, :log, :ended, COALESCE(:former, 0)
)
