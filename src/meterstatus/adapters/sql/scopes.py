"""Policies: what is set for a unit, an application or the model."""

from meterstatus import errors
from meterstatus.adapters.sql import changes, engine, identity, policies, units
from meterstatus.domain import fleet, names, policy, ruling


async def set_policy(
    transaction: engine.Transaction, scope: names.Tag, wanted: policy.Policy | None, author: fleet.Author
) -> None:
    """Set the policy of a scope, or take it away."""
    row = await transaction.fetch_one("read_policy", {"scope": str(scope)})
    old = None if row is None else policies.from_text(row[0])
    await _check(transaction, scope, is_set=old is not None)
    if old == wanted:
        return
    change = ruling.PolicyChange(scope, old, wanted)
    recorded = await changes.record(transaction, fleet.ChangeKind.POLICY, change.unit, author, policy=change)
    if wanted is None:
        await transaction.execute("remove_policy", {"scope": str(scope)})
    else:
        await transaction.execute("set_policy", recorded)


async def _check(transaction: engine.Transaction, scope: names.Tag, *, is_set: bool) -> None:
    if scope.kind is names.Kind.UNIT:
        await units.get(transaction, scope.name)
    elif scope.kind is names.Kind.APPLICATION:
        if not is_set and not await units.has_application(transaction, scope.name):
            raise errors.NotFoundError(f'application "{scope.name}"')
    elif scope.name != (await identity.read(transaction)).model_uuid:
        raise errors.NotFoundError(f'model "{scope.name}"')
