"""What is done in a chaos run, drawn from its seed before it begins. Pure: the same seed, the same plan.

A run is a row of episodes. In an episode every machine's agent lives some lives, each ended by a fault, while
statuses change and the controller has faults of its own. At its end all is healed and judged.
"""

import dataclasses
import enum
import random as randoms
from collections.abc import Sequence

MACHINES = 3
UNITS_EACH = 2
UNITS = tuple(f"chaos/{number}" for number in range(MACHINES * UNITS_EACH))

LIVES = 6
"""Of each machine's agent in one episode."""

HOOK_TIMEOUT = 1.0
"""Seconds that a hook may run."""

CODES = ("GREEN", "AMBER", "RED")


class Behaviour(enum.StrEnum):
    """What a unit's hook does from now on."""

    WELL = "well"
    FAILS = "fails"
    HANGS = "hangs"
    """With a child of its own, until somebody ends it."""

    FORKS = "forks a daemon"
    SLOW = "slow"
    MISSING = "missing"


class Damage(enum.StrEnum):
    """What becomes of a unit's state file while its agent is dead."""

    CUT = "cut short"
    FLIPPED = "one bit flipped"
    EMPTIED = "emptied"
    FOREIGN = "the other unit's"
    BOTH = "cut short, and the version before it too"


class Disk(enum.StrEnum):
    """What becomes of a machine's disk."""

    FULL = "full"
    FREE = "free again"


class End(enum.StrEnum):
    """How a life ends."""

    KILLED = "killed"
    KILLED_FROZEN = "killed while stopped"
    STOPPED = "told to stop"


@dataclasses.dataclass(frozen=True, slots=True)
class Reboot:
    """A new boot before the next life."""

    uptime: float
    """Seconds that its boot clock shows when it begins."""

    wall: float | None
    """Seconds by which its wall clock is wrong from now on; None leaves it as it was."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One life of a machine's agent: what happens to it, in this order, and what before the next one."""

    until_ready: bool
    """Whether to wait until it serves its units; else it is struck while it starts."""

    behaviours: tuple[tuple[str, Behaviour], ...]
    """Of which unit's hook, set at the beginning."""

    disk: Disk | None
    wall: float | None
    """Seconds by which the wall clock is wrong from now on; None leaves it alone."""

    pause: float
    """Seconds until it is struck."""

    frozen: float
    """Seconds for which it is stopped (SIGSTOP), 0 where it is not."""

    end: End
    damage: tuple[str, Damage] | None
    reboot: Reboot | None


class Blow(enum.StrEnum):
    """What hits the controller."""

    KILLED = "killed"
    STOPPED = "told to stop"
    FROZEN = "frozen"


@dataclasses.dataclass(frozen=True, slots=True)
class ControllerFault:
    """One fault of the controller."""

    blow: Blow
    pause: float
    """Seconds before it."""

    lasts: float
    """Seconds until it is started again or goes on; in an isolated episode until all units are RED."""


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """A status to set."""

    pause: float
    """Seconds before it."""

    unit: str
    code: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A while of chaos, and the judgement at its end."""

    number: int
    isolated: bool
    """Whether the controller stays away until every unit has gone RED by itself."""

    lives: tuple[tuple[Life, ...], ...]
    """Of each machine."""

    controller: tuple[ControllerFault, ...]
    changes: tuple[Change, ...]
    restarted: tuple[bool, ...]
    """Which machines' agents are started anew for the judgement; the others come to rest by themselves."""

    last_changes: tuple[Change, ...]
    """Set when all is healed."""

    @property
    def cycles(self) -> int:
        """How many times a process is ended and started again."""
        ended = sum(fault.blow is not Blow.FROZEN for fault in self.controller)
        return sum(map(len, self.lives)) + ended


def episodes(seed: int, cycles: int) -> list[Episode]:
    """Draw a whole run.

    Args:
        seed: fixes everything.
        cycles: how many times, at least, a process is ended and started again.
    """
    random = randoms.Random(seed)  # noqa: S311 - a test keeps no secrets
    drawn: list[Episode] = []
    while sum(episode.cycles for episode in drawn) < cycles:
        drawn.append(_episode(random, len(drawn)))
    return drawn


def units_of(machine: int) -> Sequence[str]:
    """Return a machine's units."""
    return UNITS[machine * UNITS_EACH : (machine + 1) * UNITS_EACH]


def _episode(random: randoms.Random, number: int) -> Episode:
    isolated = number % 3 == 1
    return Episode(
        number=number,
        isolated=isolated,
        lives=tuple(_lives(random, machine) for machine in range(MACHINES)),
        controller=_controller_faults(random, isolated=isolated),
        changes=tuple(_change(random, 0.8) for _ in range(random.randint(8, 20))),
        restarted=tuple(random.random() < 0.7 for _ in range(MACHINES)),
        last_changes=tuple(
            Change(0.0, unit, random.choice(CODES)) for unit in UNITS if random.random() < 0.5
        ),
    )


def _change(random: randoms.Random, longest: float) -> Change:
    return Change(random.uniform(0, longest), random.choice(UNITS), random.choice(CODES))


def _controller_faults(random: randoms.Random, *, isolated: bool) -> tuple[ControllerFault, ...]:
    if isolated:
        blow = random.choice((Blow.KILLED, Blow.STOPPED))
        return (ControllerFault(blow, random.uniform(0, 1.5), 0.0),)
    return tuple(
        ControllerFault(random.choice(list(Blow)), random.uniform(0, 3), random.uniform(0, 2))
        for _ in range(random.randint(1, 3))
    )


def _lives(random: randoms.Random, machine: int) -> tuple[Life, ...]:
    lives: list[Life] = []
    is_full = False
    for _ in range(LIVES):
        disk = _disk(random, is_full=is_full)
        is_full = disk is Disk.FULL or (is_full and disk is None)
        lives.append(_life(random, machine, disk))
    return tuple(lives)


def _disk(random: randoms.Random, *, is_full: bool) -> Disk | None:
    if is_full:
        return random.choice((Disk.FREE, None))
    return Disk.FULL if random.random() < 0.08 else None


def _life(random: randoms.Random, machine: int, disk: Disk | None) -> Life:
    units, can_step = units_of(machine), machine > 0
    until_ready = random.random() < 0.75
    end = random.choices(list(End), (6, 1, 2))[0]
    is_frozen = end is End.KILLED_FROZEN or random.random() < 0.15
    return Life(
        until_ready=until_ready,
        behaviours=tuple((unit, _behaviour(random)) for unit in units if random.random() < 0.5),
        disk=disk,
        wall=_wall(random) if can_step and random.random() < 0.2 else None,
        pause=random.uniform(0, 0.8 if until_ready else 0.5),
        frozen=random.uniform(0.1, 1.5) if is_frozen else 0.0,
        end=end,
        damage=(random.choice(units), random.choice(list(Damage))) if random.random() < 0.12 else None,
        reboot=_reboot(random, can_step=can_step) if random.random() < 0.15 else None,
    )


def _behaviour(random: randoms.Random) -> Behaviour:
    return random.choices(list(Behaviour), (8, 1, 1, 1, 2, 1))[0]


def _wall(random: randoms.Random) -> float:
    wrong_by = random.choice((0.0, 2.0, 30.0, 3600.0, 86400.0, 1e9))
    return random.choice((-wrong_by, wrong_by))


def _reboot(random: randoms.Random, *, can_step: bool) -> Reboot:
    is_wrong = can_step and random.random() < 0.4
    return Reboot(random.uniform(1, 60), _wall(random) if is_wrong else None)
