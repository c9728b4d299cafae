"""Statuses of many units at once: of levels, of named units, and back to what was before.

Each is one transaction, and nothing where the store has moved on from what the caller looked at.
"""

import json
from collections.abc import Collection, Sequence

from meterstatus import errors
from meterstatus.adapters.sql import changes, engine, rows, scopes
from meterstatus.domain import fleet, names, status


async def _check(transaction: engine.Transaction, looked_at: int) -> None:
    if await changes.newest(transaction) != looked_at:
        raise errors.FleetMovedOnError(f"the fleet has changed since revision {looked_at}")


async def set_level(
    transaction: engine.Transaction,
    scope: names.Tag,
    wanted: status.MeterStatus | None,
    author: fleet.Author,
    looked_at: int,
) -> None:
    """Set the status of an application or the model, or take it away."""
    await _check(transaction, looked_at)
    row = await transaction.fetch_one("read_level", {"scope": str(scope)})
    old = None if row is None else status.MeterStatus(row[0], row[1])
    if scope.kind is names.Kind.APPLICATION and old is None:
        await scopes.check(transaction, scope)
    if old != wanted:
        await _put_level(transaction, scope, old, wanted, author)


async def _put_level(
    transaction: engine.Transaction,
    scope: names.Tag,
    old: status.MeterStatus | None,
    new: status.MeterStatus | None,
    author: fleet.Author,
) -> None:
    kind = fleet.ChangeKind.LEVEL
    recorded = await changes.record(transaction, kind, "", author, old=old, new=new, level=scope)
    if new is None:
        await transaction.execute("remove_level", {"scope": str(scope)})
    else:
        await transaction.execute("set_level", recorded)


async def set_statuses(
    transaction: engine.Transaction,
    wanted: Collection[str],
    to: status.MeterStatus,
    author: fleet.Author,
    looked_at: int,
) -> None:
    """Set the status of named units, all or none."""
    await _check(transaction, looked_at)
    parameters = {"names": json.dumps(sorted(wanted)), "code": str(to.code), "info": to.info}
    batch = {"batch": looked_at + 1}
    await transaction.execute("record_batch", {**parameters, **batch, **changes.author_parameters(author)})
    await transaction.execute("apply_batch", batch)


async def batch_of(transaction: engine.Transaction, revision: int) -> Sequence[fleet.Change]:
    """Read a change and all that were made by the same call, oldest first."""
    found = await transaction.fetch("read_batch_of", {"revision": revision})
    return [rows.change(row) for row in found]


async def undo(transaction: engine.Transaction, revision: int, author: fleet.Author, looked_at: int) -> None:
    """Put back what a change, and all of the same call, have changed."""
    await _check(transaction, looked_at)
    undone = await batch_of(transaction, revision)
    if not undone:
        raise errors.NotFoundError(f"change {revision}")
    of_units = {"undone": revision, "undone_batch": undone[0].batch or None}
    moved_on = [row[0] for row in await transaction.fetch("read_moved_on", of_units)]
    for change in undone:
        moved_on += await _undo_wider(transaction, change, author)
    if moved_on:
        raise errors.ChangedSinceError(f"{', '.join(moved_on)} changed since; undo that first, or set anew")
    batch = {"batch": looked_at + 1}
    parameters = {**of_units, **batch, **changes.author_parameters(author)}
    await transaction.execute("record_undone_statuses", parameters)
    await transaction.execute("apply_batch", batch)


async def _undo_wider(
    transaction: engine.Transaction, change: fleet.Change, author: fleet.Author
) -> list[str]:
    """Undo what is no unit's status; return in words what has moved on."""
    match change.kind:
        case fleet.ChangeKind.SET:
            return []
        case fleet.ChangeKind.LEVEL:
            assert change.level is not None, "it is of one"
            row = await transaction.fetch_one("read_level", {"scope": str(change.level)})
            now = None if row is None else status.MeterStatus(row[0], row[1])
            if now != change.new or (row is not None and row[2] != change.revision):
                return [str(change.level)]
            await _put_level(transaction, change.level, change.new, change.old, author)
        case fleet.ChangeKind.POLICY:
            assert change.policy is not None, "it is of one"
            if await scopes.read(transaction, change.policy.scope) != change.policy.new:
                return [str(change.policy.scope)]
            await scopes.set_policy(transaction, change.policy.scope, change.policy.old, author)
        case _:
            raise errors.NotValidError(
                f"undoing revision {change.revision}, which did {change.kind.value!r},"
            )
    return []
