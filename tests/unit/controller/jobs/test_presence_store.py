"""Who is connected is written in the background, seldom, and read where others write it."""

import asyncio
import datetime
import logging
from collections.abc import Sequence

import pytest

from harness import repository
from meterstatus import errors
from meterstatus.controller.fleet import presence
from meterstatus.controller.jobs import presence_store
from meterstatus.domain.fleet import presence as presences
from meterstatus.domain.fleet import records
from meterstatus.testing import manual_clock

BOB = records.Author("user-bob", manual_clock.ManualClock().now())


class Counting(repository.MemoryRepository):
    """Counts what is written and how often all is read."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[list[str]] = []
        self.reads = 0

    async def record_presence(self, by: str, contacts: Sequence[presences.Contact]) -> None:
        """Write."""
        await super().record_presence(by, contacts)
        self.writes.append([contact.unit for contact in contacts])

    async def presence(self) -> Sequence[presences.Contact]:
        """Read."""
        self.reads += 1
        return await super().presence()


class Bench:
    """One controller's presence on a store of three units."""

    def __init__(self) -> None:
        self.clock, self.store = manual_clock.ManualClock(), Counting()
        self.known = presence.Presence(self.clock, "one")
        self.kept = presence_store.PresenceStore(self.known, self.store, self.clock)

    async def fill(self) -> "Bench":
        """Add the units."""
        for number in range(3):
            await self.store.add_unit(f"shop/{number}", "", records.NOT_SET, BOB)
        return self


async def test_writes_are_one_for_each_period_and_none_while_nothing_happens() -> None:
    """However often units come and go, each is written once a period, all of them together."""
    bench = await Bench().fill()
    async with bench.kept.running():
        await asyncio.sleep(0)
        for _ in range(5):
            for unit in ("shop/0", "shop/1"):
                bench.known.arrived(unit)
                bench.known.left(unit, is_there=True)
        bench.known.arrived("shop/0")
        assert bench.store.writes == []
        await bench.clock.advance(presence_store.PERIOD)
        assert bench.store.writes == [["shop/0", "shop/1"]]
        bench.known.answered("shop/0")
        await bench.clock.advance(100 * presence_store.PERIOD)
        assert len(bench.store.writes) == 1
        bench.known.left("shop/0", is_there=True)
    assert bench.store.writes == [["shop/0", "shop/1"], ["shop/0"]]
    assert [contact.controller for contact in await bench.store.presence()] == ["", ""]


async def test_many_changes_are_written_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """No transaction holds more units than a status may have to wait for."""
    monkeypatch.setattr(presence_store, "MOST_AT_ONCE", 2)
    bench = await Bench().fill()
    for number in range(3):
        bench.known.arrived(f"shop/{number}")
    await bench.kept.flush()
    assert bench.store.writes == [["shop/0", "shop/1"], ["shop/2"]]


FAILURES = [errors.StoreUnavailableError("no disk"), errors.OutcomeUnknownError("no disk")]


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_failing_store_costs_freshness_only(
    caplog: pytest.LogCaptureFixture, failure: errors.StoreError
) -> None:
    """What could not be written is written with the first period that can; both are told once."""
    bench = await Bench().fill()
    bench.known.arrived("shop/0")
    bench.store.engine.failure = failure
    with caplog.at_level(logging.WARNING):
        await bench.kept.flush()
        await bench.kept.flush()
        bench.store.engine.failure = None
        await bench.kept.flush()
    assert [record.getMessage() for record in caplog.records] == [
        "who is connected is not written: no disk",
        "who is connected is written again",
    ]
    assert bench.store.writes == [["shop/0"]]


async def test_a_write_that_is_cut_off_is_made_again() -> None:
    """A controller that ends while it writes writes at its end what the write may have lost."""
    bench = await Bench().fill()
    bench.known.arrived("shop/0")
    bench.store.engine.failure = errors.MeterStatusError("anything")
    with pytest.raises(errors.MeterStatusError):
        await bench.kept.flush()
    bench.store.engine.failure = None
    await bench.kept.flush()
    assert bench.store.writes == [["shop/0"]]


def process(name: str) -> presences.ControllerProcess:
    """Return a controller."""
    return presences.ControllerProcess(name, (), BOB.at, BOB.at)


async def test_all_is_read_at_the_start_and_while_there_are_others() -> None:
    """Alone, a controller reads once; others' words it reads with each beat, and once after the last."""
    bench = await Bench().fill()
    held = presences.Contact("shop/2", "two", BOB.at, BOB.at)
    await bench.store.record_presence("two", [held])
    await bench.kept.on_beat(True, [process("one")])
    await bench.kept.on_beat(False, [process("one")])
    assert (bench.store.reads, bench.known.is_connected("shop/2")) == (1, False)
    for _ in range(2):
        await bench.kept.on_beat(False, [process("one"), process("two")])
    assert (bench.store.reads, bench.known.is_connected("shop/2")) == (3, True)
    await bench.store.record_presence("two", [presences.Contact("shop/2", "", BOB.at, BOB.at)])
    for _ in range(2):
        await bench.kept.on_beat(False, [process("one")])
    assert (bench.store.reads, bench.known.is_connected("shop/2")) == (4, False)


async def test_who_has_a_unit_says_so_again_where_another_whose_clock_is_ahead_has_the_last_word() -> None:
    """What a unit left behind at that one looks newer, and would hide for ever that it is connected here."""
    bench = await Bench().fill()
    ahead = BOB.at + datetime.timedelta(hours=1)
    await bench.store.record_presence("two", [presences.Contact("shop/0", "two", ahead, ahead)])
    bench.known.arrived("shop/0")
    await bench.kept.flush()
    (stored,) = await bench.store.presence()
    assert stored.controller == "two"
    both = [process("one"), process("two")]
    await bench.kept.on_beat(False, both)
    await bench.kept.flush()
    assert len(bench.store.writes) == 2  # as long as the other has it too, both are right
    later = ahead + datetime.timedelta(seconds=9)
    await bench.store.record_presence("two", [presences.Contact("shop/0", "", later, later)])
    for _ in range(2):
        await bench.kept.on_beat(False, both)
        await bench.kept.flush()
    assert len(bench.store.writes) == 4
    assert await bench.store.presence() == [presences.Contact("shop/0", "one", later, BOB.at)]


async def test_a_controller_that_others_took_for_gone_writes_its_units_again() -> None:
    """After a heartbeat that is the first again, what it has connected is written once more."""
    bench = await Bench().fill()
    bench.known.arrived("shop/0")
    await bench.kept.flush()
    await bench.kept.on_beat(True, [process("one")])
    await bench.kept.flush()
    assert bench.store.writes == [["shop/0"], ["shop/0"]]
