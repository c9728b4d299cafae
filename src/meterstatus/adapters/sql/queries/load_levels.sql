INSERT INTO levels (
    scope, code, info, since, revision
)
VALUES (
    :scope, :code, :info, :since, :revision
)
