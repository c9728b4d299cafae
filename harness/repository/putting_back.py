"""What has an end, and what is undone, in memory: either puts something back."""

import datetime
from collections.abc import Sequence

from harness.repository import database
from meterstatus.domain import names
from meterstatus.domain.fleet import records, time_limit, undoing


def ends(on: database.MemoryDatabase) -> list[tuple[datetime.datetime, int]]:
    """Return when what is set for a time ends, and by which change, soonest first."""
    limited = [*on.units.values(), *on.levels.values()]
    return sorted((one.limit.until, one.revision) for one in limited if one.limit is not None)


def end(on: database.MemoryDatabase, until: datetime.datetime, revision: int, now: datetime.datetime) -> None:
    """Put back what a change has set until an instant that is over."""
    (setting,) = [change for change in on.changes if change.revision == revision]
    who = setting.author.who
    why = time_limit.why_ended(revision, names.parse_tag(who).name, setting.author.at, until)
    author, batch = records.Author(who, now, why), on.newest + 1
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
    on: database.MemoryDatabase, undone: Sequence[records.Change], author: records.Author, batch: int
) -> None:
    """Put back what changes have changed. Raises ChangedSinceError."""
    undoing.check_stands(
        undone,
        on.units,
        on.levels.get,
        lambda scope: None if (held := on.rulings.get(scope)) is None else held.policy,
    )
    for change in undone:
        _undo(on, change, author, batch)


def _undo(on: database.MemoryDatabase, change: records.Change, author: records.Author, batch: int) -> None:
    back, limit = time_limit.put_back(change.old, change.old_limit, author.at)
    if change.level is not None:
        on.put_level(change.level, back, author, limit)
    elif change.policy is not None:
        on.put_policy(change.policy.scope, change.policy.new, change.policy.old, author)
    else:
        assert back is not None
        on.put_status(on.units[change.unit], back, author, batch, limit)
