"""What is done in one simulated world: drawn from a seed, or written down in a scenario."""

import dataclasses
import random as randoms

from harness.simulation import changes, faults, world
from meterstatus.domain import policy, status

JOINING_OF_EIGHT = 3
"""Of each eight seeds the one in which a second controller joins the first after a while."""


@dataclasses.dataclass(frozen=True, slots=True)
class Set:
    """A status that an operator sets."""

    at: float
    unit: str
    status: status.MeterStatus


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is done; all times are virtual seconds from the beginning."""

    seed: int = 0
    """Of all that is drawn while it is played: how long each message takes, and what operators do."""

    controllers: int = 1
    joins_at: float | None = None
    """When the second of two joins the first; None where it is there from the beginning."""

    rules: policy.Policy | None = None
    """The model's policy from the beginning; None is Juju's."""

    strikes: tuple[faults.Fault, ...] = ()
    sets: tuple[Set, ...] = ()
    statuses: tuple[float, ...] = ()
    """When operators set a unit's status that they draw; the others likewise."""

    policies: tuple[float, ...] = ()
    widely: tuple[float, ...] = ()
    for_a_time: tuple[float, ...] = ()
    announcements: tuple[float, ...] = ()
    end: float = faults.END


def draw(random: randoms.Random, seed: int) -> Plan:
    """Draw what is done in the world of a seed."""
    controllers = 1 + seed % 2

    def times(least: int, most: int) -> tuple[float, ...]:
        number = random.randint(least, most)
        return tuple(sorted(random.uniform(1, faults.CALM) for _ in range(number)))

    planned = tuple(faults.plan(random, world.UNITS, controllers))
    return Plan(
        seed=seed,
        controllers=controllers,
        strikes=planned,
        statuses=times(20, 40),
        policies=times(2, 12),
        widely=times(3, 8),
        for_a_time=times(6, 14),
        announcements=tuple(changes.plan_announcements(random, planned)),
        joins_at=random.uniform(600, faults.CALM / 2) if seed % 8 == JOINING_OF_EIGHT else None,
    )


def of(seed: int) -> Plan:
    """Return what is done in the world of a seed."""
    return draw(randoms.Random(seed), seed)  # noqa: S311 - a simulation keeps no secrets
