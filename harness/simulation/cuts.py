"""Worlds of short cuts: none is long enough for a stage, so none may be told (invariant 11).

A fleet with one policy, whose machines or controllers are cut off again and again, for less than seven tenths
of its first grace each time, while an operator sets statuses now and then.
"""

import asyncio
import dataclasses
import datetime
import enum
import random as randoms

from harness import repository
from harness.invariants import model, verdict
from harness.simulation import network, story, world
from meterstatus.domain import policy, status
from meterstatus.domain.hook import hook_call

GRACES = (10.0, 20.0, 60.0, 300.0)
"""Seconds until AMBER; the first is the shortest that a policy may have."""

CUTS = 30
LONGEST_CUT = 0.68
"""Of the grace: just below what is promised."""

LONGEST_FLAP = 0.3
SHORTEST_REST = 0.35
"""Of the grace, between two cuts: the time that an agent may wait before it tries, and comes back in."""


class Cut(enum.Enum):
    """How a way to the controller is cut."""

    REFUSED = network.Link.REFUSED
    SILENT = network.Link.SILENT
    HALF_OPEN = network.Link.HALF_OPEN
    FREEZE = "controller is frozen"
    CRASH = "controller crashes, and is started again"


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What happens in one such world, drawn from its seed."""

    grace: float
    """Seconds until AMBER; RED comes after twice that."""

    cuts: tuple[tuple[Cut, float, float], ...]
    """Each with its seconds, and those until the next."""

    changes: tuple[float, ...]
    """When a status is set, in seconds from the first cut."""


def plan(random: randoms.Random) -> Plan:
    """Draw a world: single cuts, or flapping ones."""
    grace, flaps = random.choice(GRACES), random.random() < 0.5
    kinds = random.choice(([*Cut], [Cut.REFUSED], [Cut.SILENT], [Cut.FREEZE], [Cut.CRASH]))
    longest, rest = (LONGEST_FLAP, 0.5) if flaps else (LONGEST_CUT, 2.0)
    cuts = tuple(
        (
            random.choice(kinds),
            grace * random.uniform(0.05, longest),
            grace * random.uniform(SHORTEST_REST, rest),
        )
        for _ in range(CUTS)
    )
    end = sum(seconds + until for _, seconds, until in cuts)
    changes = tuple(sorted(random.uniform(0, end) for _ in range(random.randint(3, 8))))
    return Plan(grace, cuts, changes)


async def live(random: randoms.Random, planned: Plan, fleet: world.World) -> None:
    """Live through a plan, and judge it."""
    red = datetime.timedelta(seconds=2 * planned.grace)
    rules = policy.amber_red(red / 2, red)
    await fleet.headquarters.set_policy(f"model-{repository.IDENTITY.model_uuid}", rules)
    await asyncio.sleep(120)
    before = len(fleet.log.runs)
    changed = dict.fromkeys(world.UNITS, 0)
    async with asyncio.TaskGroup() as group:
        group.create_task(_cut(random, planned, fleet))
        group.create_task(_change(random, planned, fleet, changed))
    await asyncio.sleep(max(60.0, planned.grace))
    runs = fleet.log.runs[before:]
    fleet.log.judge("11 no false stage", false_stages(runs))
    for unit, number in changed.items():
        fleet.log.judge("11 no hook too many", too_many([run for run in runs if run.unit == unit], number))
    for unit, said in fleet.headquarters.chronicle.said.items():
        fleet.log.judge("11 agreement", agrees(unit, fleet.observer.models[unit].told, said))


async def _cut(random: randoms.Random, planned: Plan, fleet: world.World) -> None:
    for kind, seconds, rest in planned.cuts:
        fleet.log.say(f"CUT {kind.name} for {seconds:.1f} s")
        if isinstance(kind.value, network.Link):
            for name in world.MACHINES:
                fleet.net.set_link(name, kind.value)
            await asyncio.sleep(seconds)
            for name in world.MACHINES:
                fleet.net.set_link(name, network.Link.UP)
        else:
            await _stop(random.randrange(len(fleet.headquarters.seats)), kind, seconds, fleet)
        fleet.log.say("end of the cut")
        await asyncio.sleep(rest)


async def _stop(number: int, kind: Cut, seconds: float, fleet: world.World) -> None:
    hit = fleet.headquarters.seats[number]
    if kind is Cut.FREEZE:
        hit.hold()
        await asyncio.sleep(seconds)
        hit.release()
        return
    await hit.crash(is_silent=False)
    await asyncio.sleep(seconds)
    await fleet.headquarters.start(number)


async def _change(random: randoms.Random, planned: Plan, fleet: world.World, changed: dict[str, int]) -> None:
    began = story.now()
    for number, at in enumerate(planned.changes):
        await asyncio.sleep(max(0.0, began + at - story.now()))
        unit = random.choice(sorted(world.UNITS))
        wanted = status.MeterStatus(random.choice(("GREEN", "AMBER", "RED")), f"{unit} change {number}")
        changed[unit] += 1
        await fleet.headquarters.set_status(unit, wanted)


def false_stages(runs: list[model.Run]) -> verdict.Verdict:
    """Check 11: no unit was told a stage."""
    told = [run for run in runs if run.is_stage]
    if not told:
        return verdict.HELD
    first = f"{told[0].unit} {told[0].status.code} at {told[0].began:.3f} s first"
    return verdict.Violated(f"{len(told)} stages were told, {first}")


def too_many(runs: list[model.Run], changes: int) -> verdict.Verdict:
    """Check 11: one hook of a unit for each real change at most, but for repeats that bear the same id."""
    ids = {run.told.delivery_id for run in runs if run.told.hook is hook_call.HookKind.CHANGED}
    if len(ids) <= changes:
        return verdict.HELD
    return verdict.Violated(f"{runs[0].unit} was told {len(ids)} times, and {changes} changes were made")


def agrees(unit: str, told: model.Run | None, said: status.MeterStatus) -> verdict.Verdict:
    """Check 11: after all cuts a unit's hook was told what the controller says."""
    if told is not None and told.status == said:
        return verdict.HELD
    return verdict.Violated(f"{unit} is told {told and told.status}, and is {said}")
