"""Which changes can be undone, and whether something else stands where they did. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from meterstatus import errors
from meterstatus.domain import names, policy
from meterstatus.domain.fleet import level, records

NAMED = 4
"""So many of what has moved on are named, at most: whoever reads it needs the first."""

_UNDOABLE = (records.ChangeKind.SET, records.ChangeKind.LEVEL, records.ChangeKind.POLICY)


def check(revision: int, undone: Sequence[records.Change]) -> None:
    """Check that a change, and all of the same call, are of a kind that can be undone.

    Args:
        revision: what is to be undone.
        undone: what was found by it.

    Raises:
        NotFoundError: there is no such change.
        NotValidError: it did something else than set, or an end did it: what ended has no time left.
    """
    if not undone:
        raise errors.NotFoundError(f"change {revision}")
    for change in undone:
        if change.ended:
            raise errors.NotValidError(
                f"undo of revision {change.revision}", f"at it the time of revision {change.ended} was over"
            )
        if change.kind not in _UNDOABLE:
            raise errors.NotValidError(
                f"undo of revision {change.revision}",
                f"it did {change.kind.value!r}, and only statuses and policies are undone",
            )


def check_stands(
    undone: Iterable[records.Change],
    units: Mapping[str, records.Unit],
    levels: Callable[[names.Tag], level.Level | None],
    policies: Callable[[names.Tag], policy.Policy | None],
) -> None:
    """Check that what changes brought about is what is there: else an undo would undo more.

    Raises:
        ChangedSinceError: something else is there.
    """
    moved_on = [each for change in undone if (each := _moved_on(change, units, levels, policies))]
    if moved_on:
        raise changed_since(moved_on[:NAMED])


def changed_since(moved_on: Iterable[str]) -> errors.ChangedSinceError:
    """Say of what there is something else by now."""
    return errors.ChangedSinceError(f"{', '.join(moved_on)} changed since; undo that first, or set anew")


def level_stands(change: records.Change, held: level.Level | None) -> bool:
    """Tell whether what is held for a level is what its change brought about; None is nothing."""
    return change.new is None if held is None else held.revision == change.revision


def _moved_on(
    change: records.Change,
    units: Mapping[str, records.Unit],
    levels: Callable[[names.Tag], level.Level | None],
    policies: Callable[[names.Tag], policy.Policy | None],
) -> str:
    if change.level is not None:
        return "" if level_stands(change, levels(change.level)) else str(change.level)
    if change.policy is not None:
        stands = policies(change.policy.scope) == change.policy.new
        return "" if stands else str(change.policy.scope)
    unit = units.get(change.unit)
    return "" if unit is not None and unit.revision == change.revision else change.unit
