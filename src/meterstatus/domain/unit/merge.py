"""What an agent believes when its disk and its controller both hold a state of the unit (spec worker, B-12).

Pure. The disk has seen more: it is written before and after every hook, the controller's copy after it. But a
disk can be restored from a backup, or be another one. So each copy says how many deliveries it knows of; the
one that knows of more is right about what the hook was last told, and where that cannot be compared the hook
is told again. The reference lets the disk win, whatever its age.
"""

import dataclasses

from meterstatus.domain.unit import state


@dataclasses.dataclass(frozen=True, slots=True)
class Merged:
    """The memory to go on with."""

    memory: state.State
    is_copy_stale: bool
    """The controller's copy says something else, and is to be written again."""


def merged(disk: state.State | None, copy: state.State | None, *, has_disk: bool) -> Merged:
    """Merge what the disk and the controller hold; None where one holds nothing.

    Args:
        disk: what was read from the unit's own.
        copy: what the controller has.
        has_disk: the unit has a disk of its own, whatever is on it.
    """
    held = copy or state.State()
    memory = _believed(disk or state.State(), held) if has_disk else held
    told = (memory.code, memory.info, None)
    return Merged(memory, is_copy_stale=(held.code, held.info, held.disconnected) != told)


def _believed(disk: state.State, copy: state.State) -> state.State:
    if not copy.code:
        return disk
    if copy.delivered == disk.delivered:
        # The count goes on from the higher one: else a disk that was restored would have seen less for ever.
        return dataclasses.replace(disk, deliveries=max(disk.deliveries, copy.deliveries))
    if not disk.code or copy.deliveries > disk.deliveries:
        # The disk was lost, or is behind. What it told without contact, the copy does not know either.
        return dataclasses.replace(
            disk, code=copy.code, info=copy.info, deliveries=copy.deliveries, ended=None, unsure=True
        )
    if copy.deliveries == 0 and disk.deliveries > 0:
        # Whoever wrote it does not count, and so was not this agent: a Juju agent has told the hook since.
        return dataclasses.replace(disk, unsure=True)
    return disk


def copy_of(memory: state.State, *, has_disk: bool) -> state.State:
    """Return what the controller is to hold of a memory: Juju's keys, without a disconnect record (B-10).

    Args:
        memory: the unit's.
        has_disk: the unit has a disk of its own too, and the two will have to be merged; where it has
            none, as in the reference, the count would be for nobody.
    """
    return state.State(memory.code, memory.info, deliveries=memory.deliveries if has_disk else 0)
