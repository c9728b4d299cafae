"""Policies: what is set for a unit, an application or the model."""

from meterstatus import errors
from meterstatus.adapters.sql import changes, engine, identity, policies, units
from meterstatus.domain import names, policy
from meterstatus.domain.fleet import effective_policy, records


async def set_policy(
    transaction: engine.Transaction, scope: names.Tag, wanted: policy.Policy | None, author: records.Author
) -> None:
    """Set the policy of a scope, or take it away."""
    old = await read(transaction, scope)
    if scope.kind is not names.Kind.APPLICATION or (old is None and wanted is None):
        await check(transaction, scope)
    if old == wanted:
        return
    change = effective_policy.PolicyChange(scope, old, wanted)
    recorded = await changes.record(
        transaction, records.ChangeKind.POLICY, change.unit, author, policy=change
    )
    if wanted is None:
        await transaction.execute("remove_policy", {"scope": str(scope)})
    else:
        await transaction.execute("set_policy", recorded)


async def read(transaction: engine.Transaction, scope: names.Tag) -> policy.Policy | None:
    """Read the policy that is set for a scope; None where none is."""
    row = await transaction.fetch_one("read_policy", {"scope": str(scope)})
    return None if row is None else policies.from_text(row["policy"])


async def check(transaction: engine.Transaction, scope: names.Tag) -> None:
    """Check that there is such a unit, a unit of such an application, or that it is this model.

    Raises:
        NotFoundError: there is not, or it is another.
    """
    if scope.kind is names.Kind.UNIT:
        await units.get(transaction, scope.name)
    elif scope.kind is names.Kind.APPLICATION:
        if not await units.has_application(transaction, scope.name):
            raise errors.NotFoundError(f'application "{scope.name}"')
    elif scope.name != (await identity.read(transaction)).model_uuid:
        raise errors.NotFoundError(f'model "{scope.name}"')
