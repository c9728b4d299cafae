"""What has an end, and what is undone, in memory: either puts something back."""

import datetime
from collections.abc import Sequence

from meterstatus import errors
from meterstatus.domain import fleet, names, time_limit
from meterstatus.testing.repository import database


def ends(on: database.MemoryDatabase) -> list[tuple[datetime.datetime, int]]:
    """Return when what is set for a time ends, and by which change, soonest first."""
    limited = [*on.units.values(), *on.levels.values()]
    return sorted((one.limit.until, one.revision) for one in limited if one.limit is not None)


def end(on: database.MemoryDatabase, until: datetime.datetime, revision: int, now: datetime.datetime) -> None:
    """Put back what a change has set until an instant that is over."""
    (setting,) = [change for change in on.changes if change.revision == revision]
    who = setting.author.who
    why = time_limit.why_ended(revision, names.parse_tag(who).name, setting.author.at, until)
    author, batch = fleet.Author(who, now, why), on.newest + 1
    if setting.level is not None:
        assert setting.limit is not None
        on.put_level(setting.level, setting.limit.beneath, author, None, revision)
        return
    of = {revision} | {
        change.revision for change in on.changes if change.batch and change.batch == setting.batch
    }
    for _, unit in sorted(on.units.items()):
        if unit.limit is not None and unit.revision in of and unit.limit.until <= now:
            assert unit.limit.beneath is not None
            on.put_status(unit, unit.limit.beneath, author, batch, None, unit.revision)


def undo(
    on: database.MemoryDatabase, undone: Sequence[fleet.Change], author: fleet.Author, batch: int
) -> None:
    """Put back what changes have changed.

    Raises:
        NotValidError: one of them is none that can be undone.
        ChangedSinceError: another change stands where one of them did.
    """
    undoable = (fleet.ChangeKind.SET, fleet.ChangeKind.LEVEL, fleet.ChangeKind.POLICY)
    for change in undone:
        if change.ended:
            raise errors.NotValidError(f"undoing revision {change.revision}, which ended {change.ended},")
        if change.kind not in undoable:
            what = change.kind.value
            raise errors.NotValidError(f"undoing revision {change.revision}, which did {what!r},")
    moved_on = [_moved_on(on, change) for change in undone]
    if any(moved_on):
        raise errors.ChangedSinceError(f"{', '.join(filter(None, moved_on))} changed since")
    for change in undone:
        _undo(on, change, author, batch)


def _moved_on(on: database.MemoryDatabase, change: fleet.Change) -> str:
    if change.level is not None:
        held = on.levels.get(change.level)
        is_same = held.revision == change.revision if held is not None else change.new is None
        return "" if is_same else str(change.level)
    if change.policy is not None:
        ruled = on.rulings.get(change.policy.scope)
        return "" if (ruled and ruled.policy) == change.policy.new else str(change.policy.scope)
    unit = on.units.get(change.unit)
    return "" if unit is not None and unit.revision == change.revision else change.unit


def _undo(on: database.MemoryDatabase, change: fleet.Change, author: fleet.Author, batch: int) -> None:
    back, limit = time_limit.put_back(change.old, change.old_limit, author.at)
    if change.level is not None:
        on.put_level(change.level, back, author, limit)
    elif change.policy is not None:
        on.put_policy(change.policy.scope, change.policy.new, change.policy.old, author)
    else:
        assert back is not None
        on.put_status(on.units[change.unit], back, author, batch, limit)
