INSERT INTO policies (
    scope, policy, revision
)
VALUES (
    :scope, :policy, :revision
)
