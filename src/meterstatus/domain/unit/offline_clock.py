"""How long a unit has been without contact, whatever happened to its clocks (invariant 2).

Pure. Within one boot the difference of the boot-time clock counts, which goes on through a suspension and
does not know the wall clock. Across boots it is what was counted before, and the wall clock's way since,
measured from the highest wall time ever seen: a clock set back gives no time back, and adds none twice. While
it shows less than that, the time since the boot is all that is known to have passed.

The tempting alternative, a difference of wall times, is the reference's (spec worker, B-16): it is a day
late after the clock was set back, and decades early on a machine that boots in 1970.
"""

import dataclasses
import datetime

NOTHING = datetime.timedelta(0)

STEP = datetime.timedelta(seconds=1)
"""How far the wall clock may part from the boot clock before it counts as set; slewing is below that."""


@dataclasses.dataclass(frozen=True, slots=True)
class Instant:
    """One reading of all clocks."""

    wall: datetime.datetime
    """The wall time, aware UTC."""

    boot: datetime.timedelta
    """Time since boot, suspensions included; never goes back within a boot."""

    boot_id: str
    """Which boot it is; no two have the same."""


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """What was counted up to an instant; with it any later instant can be reckoned."""

    counted: datetime.timedelta
    """Time without contact up to ``at``; zero at a contact."""

    at: Instant
    highest_wall: datetime.datetime
    """The latest wall time seen since the last contact, ``at`` included."""

    longer: datetime.timedelta = NOTHING
    """What was left of announced maintenance at the last contact: the stages wait so much longer."""


def contact(now: Instant, longer: datetime.timedelta = NOTHING) -> Mark:
    """Begin to count: contact is confirmed now, with so much left of announced maintenance."""
    return Mark(NOTHING, now, now.wall, longer)


def same_boot(mark: Mark, now: Instant) -> bool:
    """Tell whether the boot clock alone measures the way from the mark to now.

    A boot clock that went back is another one, whatever its id says: a container moved to another time
    namespace keeps the id.
    """
    return now.boot_id == mark.at.boot_id and now.boot >= mark.at.boot


def elapsed(mark: Mark, now: Instant) -> datetime.timedelta:
    """Return the time without contact; never less than was counted.

    A wall clock that shows less than it has shown is wrong, and says nothing: what passed is then no less
    than the time since this boot, which began after the mark.
    """
    if same_boot(mark, now):
        return mark.counted + (now.boot - mark.at.boot)
    passed = now.wall - mark.highest_wall
    if passed >= NOTHING:
        return mark.counted + passed
    return mark.counted + (now.boot if now.boot_id != mark.at.boot_id else NOTHING)


def advanced(mark: Mark, now: Instant) -> Mark:
    """Move a mark to now, keeping what it counts."""
    return Mark(elapsed(mark, now), now, max(mark.highest_wall, now.wall), mark.longer)


def wall_step(mark: Mark, now: Instant) -> datetime.timedelta:
    """Return by how much the wall clock was set since the mark; zero across boots, where nobody knows."""
    if not same_boot(mark, now):
        return NOTHING
    step = (now.wall - mark.at.wall) - (now.boot - mark.at.boot)
    return step if abs(step) > STEP else NOTHING
