"""A controller says that it is there, and takes out those that are not."""

import asyncio
import datetime
import logging
from collections.abc import Sequence

import pytest

from harness import repository
from meterstatus import errors
from meterstatus.controller.jobs import heartbeat, store_clock
from meterstatus.domain.fleet import presence
from meterstatus.ports import repository as ports
from meterstatus.testing import manual_clock

SECOND = datetime.timedelta(seconds=1)


def by(store: repository.MemoryRepository, clock: manual_clock.ManualClock) -> store_clock.StoreClock:
    """Return the clock of a controller on a store."""
    return store_clock.StoreClock(store, clock, lambda: 0.0)


class Beats:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[bool, list[str]]] = []

    async def __call__(self, is_new: bool, running: Sequence[presence.ControllerProcess]) -> None:
        """Take a beat."""
        self.told.append((is_new, [process.name for process in running]))


async def test_a_controller_is_there_from_start_to_orderly_end() -> None:
    """It is there at once, is seen with each beat, and is out when it has ended in order."""
    clock, store = manual_clock.ManualClock(), repository.MemoryRepository()
    began = clock.now()
    async with heartbeat.Heartbeat(store, by(store, clock), "one", ["a:1"]).running():
        assert await store.controllers() == [presence.ControllerProcess("one", ("a:1",), began, began)]
        await asyncio.sleep(0)
        await clock.advance(presence.HEARTBEAT * 2.5)
        (process,) = await store.controllers()
        assert (process.started_at, process.seen_at) == (began, began + presence.HEARTBEAT * 2)
    assert await store.controllers() == []


async def test_a_controller_that_is_gone_is_taken_out_by_another() -> None:
    """One that missed three beats is forgotten by whoever beats, and one that missed two is not.

    Whatever their clocks say: one that is years behind is there all the same.
    """
    clock, store, beats = manual_clock.ManualClock(), repository.MemoryRepository(), Beats()
    behind = clock.now() - datetime.timedelta(days=3650)
    await store.report_controller("dead", [], clock.now())
    one = heartbeat.Heartbeat(store, by(store, clock), "one", [], beats)
    for beat in range(presence.MISSED + 1):
        if beat in (0, presence.MISSED):
            await store.report_controller("late", [], behind + beat * SECOND)
        await one.beat()
    assert beats.told == [
        (True, ["dead", "late", "one"]),
        *[(False, ["dead", "late", "one"])] * (presence.MISSED - 1),
        (False, ["late", "one"]),
    ]
    assert [process.name for process in await store.controllers()] == ["late", "one"]


async def test_a_failing_store_costs_a_beat_and_two_lines(caplog: pytest.LogCaptureFixture) -> None:
    """Beats that fail do not end the beating, and the next one that can goes through; both are told once."""
    clock, store = manual_clock.ManualClock(), repository.MemoryRepository()
    with caplog.at_level(logging.WARNING):
        async with heartbeat.Heartbeat(store, by(store, clock), "one", []).running():
            await asyncio.sleep(0)
            store.engine.failure = errors.StoreUnavailableError("no disk")
            await clock.advance(presence.HEARTBEAT * 3)
            assert len(caplog.records) == 1
            store.engine.failure = None
            await clock.advance(presence.HEARTBEAT)
            (process,) = await store.controllers()
            assert process.seen_at == clock.now()
            store.engine.failure = errors.OutcomeUnknownError("no disk again")
            await clock.advance(presence.HEARTBEAT)
    assert [record.getMessage() for record in caplog.records] == [
        "no heartbeat, and who is connected is not up to date: no disk",
        "the heartbeat is back, and who is connected is up to date",
        "no heartbeat, and who is connected is not up to date: no disk again",
    ]


def test_no_two_processes_have_the_same_name() -> None:
    """A process's name is not that of its predecessor on the same machine."""
    assert heartbeat.process_name() != heartbeat.process_name()


async def test_who_has_the_store_alone_takes_out_every_other() -> None:
    """A predecessor that was killed a moment ago is gone: its directory could not be locked else."""
    clock, store, beats = manual_clock.ManualClock(), repository.MemoryRepository(), Beats()
    await store.report_controller("killed", [], clock.now())
    await heartbeat.Heartbeat(store, by(store, clock), "one", [], beats, is_alone=True).beat()
    assert beats.told == [(True, ["one"])]


async def test_each_beat_measures_the_clock() -> None:
    """What a beat puts down is the store's time, and how far the machine's clock is ahead of it."""
    clock, store = manual_clock.ManualClock(), repository.MemoryRepository()
    right = clock.now() - 90 * SECOND
    store.engine.store_time = ports.StoreTime(right, 0.0)
    await heartbeat.Heartbeat(store, by(store, clock), "one", []).beat()
    assert await store.controllers() == [presence.ControllerProcess("one", (), right, right, 90 * SECOND)]
