"""The simulated world: databases, machines, processes and damage do what the real ones do."""

import asyncio
import functools
import gc
import pathlib
import random as randoms
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from harness import disk
from harness.simulation import (
    damage,
    faults,
    headquarters,
    machine,
    network,
    observer,
    process,
    store,
    story,
)
from meterstatus import errors
from meterstatus.adapters.sql import repository as repositories
from meterstatus.domain import status
from meterstatus.domain.fleet import records as fleet_records
from meterstatus.testing import virtual_time
from tests.unit.harness.samples import SECOND, word


class Shared:
    """A shared database, and two controllers' ways to it."""

    def __init__(self) -> None:
        self.database = store.SharedDatabase(randoms.Random(1))  # noqa: S311 - the simulation's own
        self.ways = [store.Way(), store.Way()]
        self.owners = [process.Process("one"), process.Process("two")]
        self.told: list[list[int]] = [[], []]
        self.reloaded: list[int] = []

    async def follow(self) -> list[repositories.SQLRepository]:
        """Let both follow."""
        made = [
            store.open_repository(self.database, way, owner)
            for way, owner in zip(self.ways, self.owners, strict=True)
        ]
        for each, told in zip(made, self.told, strict=True):
            await each.follow(
                lambda updates, told=told: told.extend(update.change.revision for update in updates),
                lambda loaded: self.reloaded.append(loaded.revision),
            )
        return made


AUTHOR = fleet_records.Author("user-bob", virtual_time.START, "")


def simulated(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run a test on the simulation's own loop."""

    @functools.wraps(test)
    def run_it() -> None:
        with asyncio.Runner(loop_factory=process.SimulationLoop) as runner:
            runner.run(test())

    return run_it


@simulated
async def test_a_change_reaches_the_other_controller_at_its_next_look() -> None:
    """Whoever made it knows at once; the other in five seconds at most, however many wake-ups are lost."""
    shared = Shared()
    one, other = await shared.follow()
    for number in range(10):
        await one.add_unit(f"shop/{number}", "", word("RED"), AUTHOR)
        assert shared.told[0][-1] == number + 1
        await asyncio.sleep(5.1)
        assert shared.told[1] == shared.told[0]
    assert other.unconfirmed_for() <= 6 * SECOND


@simulated
async def test_a_cut_controller_hears_nothing_and_knows_for_how_long() -> None:
    """What it asks fails, what it is uncertain of grows, and once it is back it hears all that it missed."""
    shared = Shared()
    one, other = await shared.follow()
    shared.ways[1].troubles += 1
    await one.add_unit("shop/0", "", word("RED"), AUTHOR)
    await asyncio.sleep(60)
    with pytest.raises(errors.StoreUnavailableError):
        await other.set_unit_status("shop/0", word("AMBER"), AUTHOR)
    assert shared.told[1] == []
    assert other.unconfirmed_for() > 55 * SECOND
    shared.ways[1].troubles -= 1
    await asyncio.sleep(5.1)
    assert shared.told[1] == [1]
    assert other.unconfirmed_for() < 6 * SECOND


@simulated
async def test_a_change_may_be_made_although_nobody_says_so() -> None:
    """A database that goes away after the change has it, and whoever asked is told that it is not known."""
    shared = Shared()
    one, other = await shared.follow()
    adding = asyncio.ensure_future(one.add_unit("shop/0", "", word("RED"), AUTHOR))
    while not shared.database.held.units:  # noqa: ASYNC110 - the moment between the change and the answer
        await asyncio.sleep(0.001)
    shared.ways[0].troubles += 1
    with pytest.raises(errors.OutcomeUnknownError):
        await adding
    await other.catch_up()
    assert shared.told == [[], [1]]


@simulated
async def test_who_follows_is_given_everything_of_a_database_that_was_led_back() -> None:
    """At the next look, also where it has as many changes again."""
    shared = Shared()
    one, _ = await shared.follow()
    backup = shared.database.held.copy()
    await one.add_unit("shop/0", "", word("RED"), AUTHOR)
    shared.database.lead_back(backup)
    await one.add_unit("shop/1", "", word("RED"), AUTHOR)
    await asyncio.sleep(5.1)
    assert len(shared.reloaded) == 2
    assert shared.reloaded[-1] == 1


@simulated
async def test_no_wall_clock_stands_before_1970() -> None:
    """A clock on a machine without its time is set back no further than to its boot, as by the kernel."""
    log, random = story.Story(), randoms.Random(1)  # noqa: S311 - the simulation's own
    witness = observer.Observer(log, {})
    one = machine.Machine("m0", pathlib.Path("/m0"), network.Network(random, ()), {}, witness, log, random)
    await asyncio.sleep(600)
    one.boot(wall=machine.DEAD_RTC)
    await asyncio.sleep(60)
    one.set_wall(one.wall - 3600 * SECOND)
    assert one.wall == machine.DEAD_RTC + 60 * SECOND
    one.set_wall(one.wall + 3600 * SECOND)
    assert one.wall == machine.DEAD_RTC + 3660 * SECOND


def test_a_file_that_is_empty_already_can_be_damaged_again(tmp_path: pathlib.Path) -> None:
    """Two faults may hit one file before the agent writes it anew; what is empty stays so."""
    path, folder = tmp_path / "state", disk.SimulatedDisk()
    folder.put(path, b"")
    damage.damage(folder, path, faults.Fault(faults.Kind.FOREIGN, 0, 0, "m0", 0.5), "shop/0")
    assert folder.files()["state"] == b""


@simulated
async def test_a_controller_that_joins_is_heard_of() -> None:
    """Before it does there is one; afterwards it serves what the other was told, and that one says where."""
    random, log = randoms.Random(1), story.Story()  # noqa: S311 - the simulation's own
    net = network.Network(random, ("10.0.0.1:17070",))
    both = headquarters.Headquarters(net, log, random, ("10.0.0.2:17070",))
    await both.start(0)
    await both.add_unit("shop/0")
    assert (len(both.seats), net.addresses) == (1, ("10.0.0.1:17070",))
    await both.join()
    assert net.addresses == tuple(net.doors) == ("10.0.0.1:17070", "10.0.0.2:17070")
    joined = both.seats[1].serving
    assert joined is not None
    assert joined.fleet.units["shop/0"].effective == status.MeterStatus("GREEN")
    for one in both.seats:
        await one.stop()
    assert log.violations == []


@simulated
async def test_an_old_copy_is_to_hold_although_its_database_is_away() -> None:
    """Whoever says so tries again until it is done: else a simulation would end in the middle."""
    random, log = randoms.Random(1), story.Story()  # noqa: S311 - the simulation's own
    net = network.Network(random, ("10.0.0.1:17070", "10.0.0.2:17070"))
    both = headquarters.Headquarters(net, log, random)
    for number in range(2):
        await both.start(number)
    await both.add_unit("shop/0")
    both.back_up()
    await both.put_back()
    with both.cut(None):
        saying = asyncio.ensure_future(both.begin_epoch())
        await asyncio.sleep(60)
        assert not saying.done()
    await saying
    assert not both.is_led_back
    for one in both.seats:
        await one.stop()


@simulated
async def test_how_a_task_of_a_dead_process_failed_is_nobodys_defect() -> None:
    """Seed 40517: the agent was dead when it failed, and whoever would have asked was dead too."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    async def fail(after: float) -> None:
        try:
            await asyncio.sleep(after)
        finally:
            raise errors.ConnectionLostError

    for is_killed in (True, False):
        owner = process.Process("agent")
        failing = owner.spawn(fail(1 if is_killed else 0))
        await asyncio.sleep(0.5)
        if is_killed:
            await owner.kill()
        assert failing.done()
        del failing, owner
        await asyncio.sleep(1)  # until the loop has let go of the timer, which knows the process
        gc.collect()
        assert bool(told) is not is_killed
