"""Controllers on one store have one clock, whatever their machines' say."""

import datetime
import logging

import pytest

from harness import repository
from meterstatus import errors
from meterstatus.controller.fleet import next_expiry
from meterstatus.controller.jobs import expiry, store_clock
from meterstatus.domain import status
from meterstatus.domain.fleet import records
from meterstatus.ports import repository as ports
from meterstatus.testing import manual_clock

SECOND = datetime.timedelta(seconds=1)
AHEAD = 120 * SECOND


class Place:
    """A store with a clock, and a controller's machine whose own is ahead of it."""

    def __init__(self) -> None:
        self.store = repository.MemoryRepository()
        self.machine = manual_clock.ManualClock()
        self.elapsed = 1000.0
        self.right = self.machine.now() - AHEAD
        self.clock = store_clock.StoreClock(self.store, self.machine, lambda: self.elapsed)
        self.answer()

    def answer(self, spread: datetime.timedelta = datetime.timedelta(0)) -> None:
        """Have the store say the right time from now on."""
        self.store.engine.store_time = ports.StoreTime(self.right, self.elapsed, spread)

    def pass_time(self, span: datetime.timedelta) -> None:
        """Let time pass, which the machine's clock does not show."""
        self.right += span
        self.elapsed += span.total_seconds()


async def test_time_is_the_stores() -> None:
    """It goes on from the store's last answer, whatever becomes of the machine's clock."""
    place = Place()
    await place.clock.measure()
    assert place.clock.now() == place.right
    place.pass_time(7 * SECOND)
    assert place.clock.now() == place.right
    assert place.clock.ahead == AHEAD


async def test_a_store_without_a_clock_leaves_the_machines() -> None:
    """Before the first answer, and where there never is one, the machine's clock counts."""
    place = Place()
    place.store.engine.store_time = None
    await place.clock.measure()
    assert place.clock.now() == place.machine.now()
    assert place.clock.ahead is None


async def test_a_slow_answer_moves_nothing() -> None:
    """An answer that took longer than what it should tell leaves the time as it goes."""
    place = Place()
    await place.clock.measure()
    place.pass_time(7 * SECOND)
    place.store.engine.store_time = ports.StoreTime(place.right + 30 * SECOND, place.elapsed, 60 * SECOND)
    await place.clock.measure()
    assert place.clock.now() == place.right


async def test_a_store_that_fails_moves_nothing() -> None:
    """Where it cannot be asked, time goes on from the last answer."""
    place = Place()
    await place.clock.measure()
    place.store.engine.failure = errors.StoreUnavailableError("gone")
    with pytest.raises(errors.StoreUnavailableError):
        await place.clock.measure()
    assert place.clock.now() == place.right


async def test_a_wrong_clock_is_said_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    """Beyond a second it is an error in the log, how much and which way; once, and once that it is right."""
    place = Place()
    for _ in range(2):
        await place.clock.measure()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "120.0 s ahead of the database's" in caplog.text
    place.right = place.machine.now()
    place.answer()
    for _ in range(2):
        await place.clock.measure()
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]
    assert store_clock.difference(-AHEAD) == "120.0 s behind"


async def test_a_status_for_a_time_does_not_end_before_it() -> None:
    """A controller whose clock is ahead lets a status that another one set last as long as it should."""
    place = Place()
    bob, until = records.Author("user-bob", place.right), place.right + 40 * SECOND
    await place.store.add_unit("shop/0", "hash", status.MeterStatus("GREEN"), bob)
    await place.store.set_statuses(["shop/0"], status.MeterStatus("RED"), bob, 1, until)
    await place.clock.measure()
    ender = expiry.Expiry(place.store, next_expiry.NextExpiry(), place.clock)
    await ender.end_due()
    assert (await place.store.history(limit=1))[0].ended == 0
    place.pass_time(41 * SECOND)
    await ender.end_due()
    assert (await place.store.history(limit=1))[0].ended == 2
