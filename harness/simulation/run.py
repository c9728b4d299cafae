"""Runs seeds: ``python -m harness.simulation``."""

import asyncio
import contextlib
import dataclasses
import gc
import logging
import pathlib
import random as randoms
import tempfile
from collections.abc import AsyncGenerator, Generator
from typing import Any

from harness.invariants import census
from harness.simulation import changes, cuts, faults, process, story, world
from meterstatus.testing import virtual_time

LOGGER = logging.getLogger("meterstatus")

EIGHT = 8
OF_CUTS = 5
"""Which seed of each eight is a world of short cuts."""


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
    log = story.Story()
    memory = pathlib.Path("/dev/shm")  # noqa: S108 - tmpfs where there is one, for its speed
    with (
        _collecting_at_the_end(),
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
        asyncio.Runner(loop_factory=process.SimulationLoop) as runner,
    ):
        number = runner.run(_story(seed, log, pathlib.Path(folder)))
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


async def _story(seed: int, log: story.Story, folder: pathlib.Path) -> int:
    random = randoms.Random(seed)  # noqa: S311 - a simulation keeps no secrets

    def failed(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        owner = process.current()
        if owner is None or not owner.is_dead:
            log.accuse("no defect", f"{context.get('message')}: {context.get('exception')!r}")

    asyncio.get_running_loop().set_exception_handler(failed)
    tell = _cuts if seed % EIGHT == OF_CUTS else _faults
    number = await tell(seed, random, log, folder)
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
    controllers = 1 + seed % 2
    planned = faults.plan(random, world.UNITS, controllers)
    times = sorted(random.uniform(1, faults.CALM) for _ in range(random.randint(20, 40)))
    policies = sorted(random.uniform(1, faults.CALM) for _ in range(random.randint(2, 12)))
    widely = sorted(random.uniform(1, faults.CALM) for _ in range(random.randint(3, 8)))
    for_a_time = sorted(random.uniform(1, faults.CALM) for _ in range(random.randint(6, 14)))
    announcements = changes.plan_announcements(random, planned)
    # Of those with two, a fourth begin with one.
    joins_at = random.uniform(600, faults.CALM / 2) if seed % EIGHT == 3 else None
    fleet = world.World(folder, random, log, controllers, joining=0 if joins_at is None else 1)
    async with _heard(fleet):
        await fleet.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(fleet.watch(faults.END))
            group.create_task(fleet.operators.change_statuses(times))
            group.create_task(fleet.operators.change_policies(policies))
            group.create_task(fleet.operators.change_widely(widely))
            group.create_task(fleet.operators.change_for_a_time(for_a_time))
            group.create_task(fleet.operators.announce(announcements))
            if joins_at is not None:
                group.create_task(fleet.join(joins_at))
            for fault in planned:
                group.create_task(fleet.strike(fault))
        await fleet.finish()
    return len(planned)


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
