"""Runs seeds: ``python -m harness.simulation``."""

import asyncio
import contextlib
import dataclasses
import gc
import logging
import pathlib
import random as randoms
import tempfile
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any

from harness.invariants import census
from harness.simulation import cuts, plans, process, story, world
from meterstatus.testing import virtual_time

LOGGER = logging.getLogger("meterstatus")

EIGHT = 8
OF_CUTS = 5
"""Which seed of each eight is a world of short cuts."""


Tell = Callable[[randoms.Random, story.Story, pathlib.Path], Coroutine[Any, Any, int]]
"""Lives through a world and returns how many faults there were."""


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What became of one seed."""

    seed: int
    faults: int
    runs: int
    lines: tuple[str, ...]
    violations: tuple[str, ...]
    census: census.Census


def simulate(seed: int) -> Report:
    """Run one seed to its end."""
    tell = _cuts if seed % EIGHT == OF_CUTS else _faults
    return _report(seed, lambda random, log, folder: tell(seed, random, log, folder))


def play(planned: plans.Plan) -> Report:
    """Run what is planned to its end, all else drawn as with its seed."""

    async def tell(random: randoms.Random, log: story.Story, folder: pathlib.Path) -> int:
        plans.draw(random, planned.seed)  # as the seed does, so that what is drawn afterwards is the same
        return await _play(planned, random, log, folder)

    return _report(planned.seed, tell)


def _report(seed: int, tell: Tell) -> Report:
    log = story.Story()
    memory = pathlib.Path("/dev/shm")  # noqa: S108 - tmpfs where there is one, for its speed
    with (
        _collecting_at_the_end(),
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
        asyncio.Runner(loop_factory=process.SimulationLoop) as runner,
    ):
        number = runner.run(_story(seed, tell, log, pathlib.Path(folder)))
    return Report(seed, number, len(log.runs), tuple(log.lines), tuple(log.violations), log.census)


@contextlib.contextmanager
def _collecting_at_the_end() -> Generator[None]:
    """Leave garbage lie while a seed runs: little comes to be in cycles, and looking for it takes a tenth."""
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


async def _story(seed: int, tell: Tell, log: story.Story, folder: pathlib.Path) -> int:
    random = randoms.Random(seed)  # noqa: S311 - a simulation keeps no secrets

    def failed(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        owner = process.current()
        if owner is None or not owner.is_dead:
            log.accuse("no defect", f"{context.get('message')}: {context.get('exception')!r}")

    asyncio.get_running_loop().set_exception_handler(failed)
    number = await tell(random, log, folder)
    await virtual_time.settle()
    # A failure that nobody read is told of when it is collected.
    gc.collect()
    return number


async def _cuts(seed: int, random: randoms.Random, log: story.Story, folder: pathlib.Path) -> int:
    """Tell of a world of short cuts; return how many there were."""
    fleet = world.World(folder, random, log, 1 + seed // EIGHT % 2)
    planned = cuts.plan(random)
    async with _heard(fleet):
        await fleet.start()
        await cuts.live(random, planned, fleet)
        await fleet.finish()
    return len(planned.cuts)


async def _faults(seed: int, random: randoms.Random, log: story.Story, folder: pathlib.Path) -> int:
    """Tell of a world of all faults; return how many there were."""
    return await _play(plans.draw(random, seed), random, log, folder)


async def _play(planned: plans.Plan, random: randoms.Random, log: story.Story, folder: pathlib.Path) -> int:
    """Tell of a world in which what is planned is done; return how many faults there were."""
    joining = 0 if planned.joins_at is None else 1
    fleet = world.World(folder, random, log, planned.controllers, joining)
    async with _heard(fleet):
        await fleet.start()
        await fleet.operators.rule(planned.rules)
        async with asyncio.TaskGroup() as group:
            group.create_task(fleet.watch(planned.end))
            group.create_task(fleet.operators.change_statuses(planned.statuses))
            group.create_task(fleet.operators.change_policies(planned.policies))
            group.create_task(fleet.operators.change_widely(planned.widely))
            group.create_task(fleet.operators.change_for_a_time(planned.for_a_time))
            group.create_task(fleet.operators.announce(planned.announcements))
            for one in planned.sets:
                group.create_task(fleet.operators.set_at(one.at, one.unit, one.status))
            if planned.joins_at is not None:
                group.create_task(fleet.join(planned.joins_at))
            for fault in planned.strikes:
                group.create_task(fleet.strike(fault))
        await fleet.finish()
    return len(planned.strikes)


@contextlib.asynccontextmanager
async def _heard(fleet: world.World) -> AsyncGenerator[None]:
    """Have what the product logs judged."""
    complaints = world.Complaints(fleet)
    level, propagates = LOGGER.level, LOGGER.propagate
    LOGGER.addHandler(complaints)
    LOGGER.setLevel(logging.WARNING)
    LOGGER.propagate = False
    try:
        yield
    finally:
        LOGGER.removeHandler(complaints)
        LOGGER.setLevel(level)
        LOGGER.propagate = propagates
