"""What goes wrong in a simulation, drawn from its seed before it begins."""

import dataclasses
import enum
import random as randoms

HOURS = 6
END = HOURS * 3600.0
CALM = END - 30 * 60.0
"""When the last fault ends; what is left is for things to settle."""


class Kind(enum.StrEnum):
    """Every fault that there is."""

    REFUSED = "network refuses"
    SILENT = "network is silent"
    HALF_OPEN = "network is half-open"
    SLOW = "network is slow"
    CONTROLLER_STOP = "controller stops"
    CONTROLLER_CRASH = "controller crashes"
    CONTROLLER_POWER = "controller loses its power"
    CONTROLLER_FREEZE = "controller is frozen"
    CONTROLLER_RESTORE = "controller is restored from a backup"
    CONTROLLER_LED_BACK = "an old copy of the controller's database is put back"
    CONTROLLER_CUT = "controller is cut off from the database"
    CONTROLLERS_STORE = "database of the controllers fails over"
    CONTROLLER_REFUSES = "controller refuses copies of a state"
    AGENT_RESTART = "agent is restarted"
    AGENT_KILL = "agent is killed"
    AGENT_FREEZE = "agent is frozen"
    SUSPEND = "machine is suspended"
    REBOOT = "machine reboots"
    POWER = "machine loses its power"
    DEAD_RTC = "machine loses its power and its time"
    TORN_SAVE = "power goes in the middle of a save"
    CLOCK_STEP = "wall clock is set"
    CLOCK_FROZEN = "wall clock stands still"
    DISK_FULL = "disk is full"
    DISK_BROKEN = "disk has input and output errors"
    DISK_READ_ONLY = "disk is read-only"
    CORRUPT = "state file is corrupt"
    EMPTY = "state file is empty"
    FOREIGN = "state file is another unit's"
    STALE = "state file is older than the version before it"
    OLD = "disk is restored from a backup"
    LOST = "disk is replaced by an empty one"
    HOOK_FAILS = "hook fails"
    HOOK_HANGS = "hook hangs"
    HOOK_SLOW = "hook is slow"
    HOOK_MISSING = "hook is missing"
    HOOK_UNSTARTABLE = "hook cannot be started"


SHARED = (Kind.CONTROLLER_CUT, Kind.CONTROLLERS_STORE)
"""Only where there are several controllers on one database."""

OFTEN_SHARED = (*SHARED, Kind.CONTROLLER_CUT, Kind.CONTROLLER_FREEZE, Kind.CONTROLLER_RESTORE)
"""Drawn more often than others there."""

LASTING = (Kind.REFUSED, Kind.SILENT, Kind.HALF_OPEN, Kind.CONTROLLER_STOP, Kind.CONTROLLER_CRASH)
"""Drawn more often than others: being cut off is what it is about."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One fault."""

    kind: Kind
    at: float
    """Virtual seconds from the beginning."""

    seconds: float
    """How long it lasts, where it lasts."""

    target: str
    """A machine, or a unit for a fault of its hook; no meaning where the controller is hit."""

    draw: float
    """From 0 to 1; what is left to be chosen is chosen by it."""


STORMY = (
    Kind.AGENT_KILL,
    Kind.AGENT_RESTART,
    Kind.REBOOT,
    Kind.POWER,
    Kind.DEAD_RTC,
    Kind.TORN_SAVE,
    Kind.SUSPEND,
    Kind.CLOCK_STEP,
    Kind.CLOCK_STEP,
    Kind.CLOCK_FROZEN,
    Kind.DISK_FULL,
    Kind.CORRUPT,
)
"""What strikes a machine that is cut off already: there each alone would rarely meet the others."""


def plan(random: randoms.Random, units: dict[str, str], controllers: int = 1) -> list[Fault]:
    """Draw the faults of one simulation, in order of time: two storms, and single ones.

    Args:
        random: of the seed.
        units: the machine of each unit.
        controllers: how many there are.
    """
    possible = [kind for kind in Kind if kind not in SHARED] + [*LASTING]
    possible += OFTEN_SHARED if controllers > 1 else ()
    kinds = random.choices(possible, k=random.randint(12, 22))
    drawn = [_draw(random, kind, units) for kind in kinds]
    storms = [*_storm(random, units), *_storm(random, units)]
    return sorted([*drawn, *storms], key=lambda fault: fault.at)


def _storm(random: randoms.Random, units: dict[str, str]) -> list[Fault]:
    """Draw a loss of contact that is long enough for both stages, and what strikes its machine meanwhile."""
    target = random.choice(sorted(set(units.values())))
    at, seconds = random.uniform(60, CALM - 3000), random.uniform(600, 2400)
    kind = random.choice((Kind.REFUSED, Kind.SILENT, Kind.HALF_OPEN))
    struck = [
        Fault(kind, at + random.uniform(0, seconds), random.uniform(1, 200), target, random.random())
        for kind in random.choices(STORMY, k=random.randint(3, 5))
    ]
    return [Fault(kind, at, seconds, target, random.random()), *struck]


def _draw(random: randoms.Random, kind: Kind, units: dict[str, str]) -> Fault:
    at = random.uniform(60, CALM - 60)
    longest = random.choice((10.0, 120.0, 600.0, 1800.0))
    seconds = random.uniform(1, longest)
    if kind in LASTING and random.random() < 0.5:
        # Half of the losses of contact are long enough for one stage or both.
        seconds = random.uniform(280, 2400)
    seconds = min(seconds, CALM - at)
    is_hooks = kind.name.startswith("HOOK")
    target = random.choice(sorted(units) if is_hooks else sorted(set(units.values())))
    return Fault(kind, at, seconds, target, random.random())
