"""Statuses of many units at once: of levels, of named units, and back to what was before.

Each is one transaction. Where the store has moved on from what the caller looked at, the change is reckoned
anew in it, while nobody else can change anything: whoever asks has their turn, however fast others change.
"""

import datetime
import json
from collections.abc import Collection, Sequence

from meterstatus import errors
from meterstatus.adapters.sql import changes, engine, rows, scopes
from meterstatus.domain import names, slicing, status
from meterstatus.domain.fleet import level, records, time_limit, undoing
from meterstatus.ports import repository


async def _look(
    transaction: engine.Transaction, looked_at: int, again: repository.Again | None
) -> tuple[int, Collection[str] | None]:
    """Return the newest revision, and the units that are meant now; None where they are who they were.

    Raises:
        FleetMovedOnError: the store is not where the caller saw it, and nothing can be reckoned anew.
        MeterStatusError: what reckoning raised.
    """
    newest = await changes.newest(transaction)
    if newest == looked_at:
        return newest, None
    if newest < looked_at or again is None:
        raise errors.FleetMovedOnError(f"the fleet has changed since revision {looked_at}")
    found = await transaction.fetch("read_updates", {"after": looked_at})
    updates = await transaction.reckon(slicing.over(rows.update, found))
    return newest, await transaction.reckon(again(updates, newest))


async def set_level(
    transaction: engine.Transaction,
    scope: names.Tag,
    wanted: status.MeterStatus | None,
    author: records.Author,
    looked_at: int,
    until: datetime.datetime | None = None,
    again: repository.Again | None = None,
) -> None:
    """Set the status of an application or the model, or take it away."""
    await _look(transaction, looked_at, again)
    held = await read_level(transaction, scope)
    if scope.kind is names.Kind.APPLICATION and held is None and wanted is None:
        await scopes.check(transaction, scope)
    old, old_limit = (None, None) if held is None else (held.status, held.limit)
    limit = time_limit.laid(until, old, old_limit)
    if (old, old_limit) != (wanted, limit):
        await put_level(transaction, scope, held, wanted, author, limit)


async def read_level(transaction: engine.Transaction, scope: names.Tag) -> level.Level | None:
    """Read the status of an application or the model; None where it has none."""
    row = await transaction.fetch_one("read_level", {"scope": str(scope)})
    return None if row is None else rows.level(row)


async def put_level(
    transaction: engine.Transaction,
    scope: names.Tag,
    held: level.Level | None,
    new: status.MeterStatus | None,
    author: records.Author,
    limit: time_limit.TimeLimit | None = None,
    ended: int | None = None,
) -> None:
    """Put a status, or none, in the place of what an application or the model has."""
    recorded = await changes.record(
        transaction,
        records.ChangeKind.LEVEL,
        "",
        author,
        old=held and held.status,
        new=new,
        level=scope,
        limit=limit,
        old_limit=held and held.limit,
        ended=ended,
    )
    if new is None:
        await transaction.execute("remove_level", {"scope": str(scope)})
    else:
        await transaction.execute("set_level", recorded)
    if limit is not None:
        await transaction.execute("add_time_limits", {"batch": None, "revision": recorded["revision"]})


async def set_statuses(
    transaction: engine.Transaction,
    wanted: Collection[str],
    to: status.MeterStatus,
    author: records.Author,
    looked_at: int,
    until: datetime.datetime | None = None,
    again: repository.Again | None = None,
) -> None:
    """Set the status of named units, all or none."""
    newest, now_wanted = await _look(transaction, looked_at, again)
    named = json.dumps(sorted(wanted if now_wanted is None else now_wanted))
    parameters = {"names": named, "code": str(to.code), "info": to.info}
    batch = {"batch": newest + 1}
    limit = {"until": until and until.isoformat()}
    await transaction.execute(
        "record_batch", {**parameters, **batch, **limit, **changes.author_parameters(author)}
    )
    await transaction.execute("apply_batch", batch)
    if until is not None:
        await transaction.execute("add_time_limits", {**batch, "revision": None})


async def batch_of(transaction: engine.Transaction, revision: int) -> Sequence[records.Change]:
    """Read a change and all that were made by the same call, oldest first."""
    found = await transaction.fetch("read_batch_of", {"revision": revision})
    return await transaction.reckon(slicing.over(rows.change, found))


async def undo(
    transaction: engine.Transaction,
    revision: int,
    author: records.Author,
    looked_at: int,
    again: repository.Again | None = None,
) -> None:
    """Put back what a change, and all of the same call, have changed."""
    newest, _ = await _look(transaction, looked_at, again)
    undone = await batch_of(transaction, revision)
    undoing.check(revision, undone)
    of_units = {"undone": revision, "undone_batch": undone[0].batch or None}
    moved_on = [row["unit"] for row in await transaction.fetch("read_moved_on", of_units)]
    for change in undone:
        moved_on += await _undo_wider(transaction, change, author)
    if moved_on:
        raise undoing.changed_since(moved_on)
    batch = {"batch": newest + 1}
    parameters = {**of_units, **batch, **changes.author_parameters(author)}
    await transaction.execute("record_undone_statuses", parameters)
    await transaction.execute("apply_batch", batch)
    await transaction.execute("add_time_limits", {**batch, "revision": None})


async def _undo_wider(
    transaction: engine.Transaction, change: records.Change, author: records.Author
) -> list[str]:
    """Undo what is no unit's status; return in words what has moved on."""
    if change.level is not None:
        held = await read_level(transaction, change.level)
        if not undoing.level_stands(change, held):
            return [str(change.level)]
        back, limit = time_limit.put_back(change.old, change.old_limit, author.at)
        await put_level(transaction, change.level, held, back, author, limit)
    elif change.policy is not None:
        if await scopes.read(transaction, change.policy.scope) != change.policy.new:
            return [str(change.policy.scope)]
        await scopes.set_policy(transaction, change.policy.scope, change.policy.old, author)
    return []
