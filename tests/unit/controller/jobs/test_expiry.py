"""When what is set for a time ends, on virtual time."""

import asyncio
import datetime
from collections.abc import Sequence

import pytest

from harness import repository
from meterstatus import errors
from meterstatus.controller.fleet import fleet
from meterstatus.controller.jobs import expiry
from meterstatus.controller.service import service
from meterstatus.domain import names, status
from meterstatus.domain.fleet import records
from meterstatus.testing import manual_clock, virtual_time

ADMIN = records.User("admin", "", "", records.Access.ADMIN)
ALICE = "user-alice"
GREEN, AMBER, RED = (status.MeterStatus(code) for code in ("GREEN", "AMBER", "RED"))
SHOP = names.Tag(names.Kind.APPLICATION, "shop")
HOUR, MINUTE = datetime.timedelta(hours=1), datetime.timedelta(minutes=1)
SECOND = datetime.timedelta(seconds=1)
START = virtual_time.START


class Counting(repository.MemoryRepository):
    """Counts the looks at what is over."""

    looks = 0

    async def end_due(self, now: datetime.datetime) -> datetime.datetime | None:
        """Look."""
        self.looks += 1
        return await super().end_due(now)


class Controller:
    """A process on a database, with a clock of its own."""

    def __init__(self, stored: repository.MemoryDatabase, clock: manual_clock.ManualClock) -> None:
        self.clock = clock
        self.store = Counting(stored)
        self.fleet = fleet.Fleet(self.store, clock)
        self.service = service.Service(self.fleet, self.store, clock)

    async def start(self) -> None:
        """Begin to serve and to end what is over."""
        await self.fleet.start()
        ender = expiry.Expiry(self.store, self.fleet.next_expiry, self.clock)
        self._running = ender.running()
        await self._running.__aenter__()
        await settle()

    async def stop(self) -> None:
        """Stop."""
        await self._running.__aexit__(None, None, None)

    async def set(self, wanted: status.MeterStatus, span: datetime.timedelta | None, *units: str) -> None:
        """Set units, for a time or not."""
        now = self.clock.now()
        author = records.Author(ALICE, now)
        await self.store.set_statuses(
            units, wanted, author, self.fleet.revision, None if span is None else now + span
        )

    async def wait(self, span: datetime.timedelta) -> None:
        """Let time pass."""
        await settle()
        await self.clock.advance(span)
        await settle()

    def told(self) -> list[str]:
        """Return what units are told, by name."""
        return [unit.effective.code for _, unit in sorted(self.fleet.units.items())]


async def settle() -> None:
    """Let what is ready run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def made(units: Sequence[str] = ("shop/0",)) -> Controller:
    """Start a controller with GREEN units."""
    started = Controller(repository.MemoryDatabase(users=[ADMIN]), manual_clock.ManualClock())
    await started.start()
    for unit in units:
        await started.service.units.add(ADMIN, unit, GREEN)
    return started


async def test_it_ends_at_its_instant_and_not_before() -> None:
    """And the agents that are told something else are woken, by a change that says what it is."""
    one = await made()
    await one.set(AMBER, 2 * HOUR, "shop/0")
    await one.wait(2 * HOUR - SECOND)
    assert one.told() == ["AMBER"]
    watcher = one.fleet.watchers.watch("shop/0")
    await one.wait(SECOND)
    assert one.told() == ["GREEN"]
    assert not isinstance(watcher.next(), asyncio.Future)
    (newest,) = await one.store.history(limit=1)
    assert (newest.ended, newest.author) == (
        2,
        records.Author(ALICE, START + 2 * HOUR, "ended: set for 2h by alice at revision 2"),
    )
    await one.stop()


async def test_the_next_end_is_waited_for_whichever_was_set_first() -> None:
    """A shorter time that is set later ends earlier; what has several ends has each."""
    one = await made(("shop/0", "shop/1", "shop/2"))
    for unit, span in (("shop/0", 3 * HOUR), ("shop/1", HOUR), ("shop/2", 2 * HOUR)):
        await one.set(RED, span, unit)
    seen: list[list[str]] = []
    for _ in range(3):
        await one.wait(HOUR)
        seen.append(one.told())
    assert seen == [["RED", "GREEN", "RED"], ["RED", "GREEN", "GREEN"], ["GREEN", "GREEN", "GREEN"]]
    await one.stop()


async def test_what_was_set_again_meanwhile_stays() -> None:
    """The same status too, and the time of the first one does nothing."""
    one = await made(("shop/0", "shop/1"))
    await one.set(AMBER, HOUR, "shop/0", "shop/1")
    await one.set(AMBER, None, "shop/0")
    await one.set(RED, 2 * HOUR, "shop/1")
    await one.wait(HOUR)
    assert one.told() == ["AMBER", "RED"]
    await one.wait(HOUR)
    assert one.told() == ["AMBER", "GREEN"]
    await one.stop()


async def test_what_fell_due_while_none_ran_ends_at_a_start() -> None:
    """And what is still to come ends at its time; both after a kill, which leaves nothing but the store."""
    stored = repository.MemoryDatabase(users=[ADMIN])
    first = Controller(stored, manual_clock.ManualClock())
    await first.start()
    for unit in ("shop/0", "shop/1"):
        await first.service.units.add(ADMIN, unit, GREEN)
    await first.set(RED, HOUR, "shop/0")
    await first.set(RED, 3 * HOUR, "shop/1")
    await first.stop()
    again = Controller(stored, manual_clock.ManualClock(START + 2 * HOUR))
    await again.start()
    assert again.told() == ["GREEN", "RED"]
    await again.wait(HOUR)
    assert again.told() == ["GREEN", "GREEN"]
    await again.stop()


async def test_several_controllers_end_it_once() -> None:
    """Both look, one finds it; and who did not set it ends it where the other is gone."""
    stored = repository.MemoryDatabase(users=[ADMIN])
    clock = manual_clock.ManualClock()
    one, other = Controller(stored, clock), Controller(stored, clock)
    await one.start()
    await other.start()
    await one.service.units.add(ADMIN, "shop/0", GREEN)
    await one.set(AMBER, HOUR, "shop/0")
    await one.wait(HOUR)
    assert [len([each for each in stored.history() if each.ended]), one.told(), other.told()] == [
        1,
        ["GREEN"],
        ["GREEN"],
    ]
    await one.set(AMBER, HOUR, "shop/0")
    await one.stop()
    await other.wait(HOUR)
    assert other.told() == ["GREEN"]
    await other.stop()


async def test_a_level_ends_for_units_that_were_added_meanwhile() -> None:
    """They are told it while it stands, and what lies beneath it after that."""
    one = await made()
    author = records.Author(ALICE, one.clock.now())
    await one.store.set_level(SHOP, RED, author, one.fleet.revision, START + HOUR)
    await one.service.units.add(ADMIN, "shop/1", AMBER)
    assert one.told() == ["RED", "RED"]
    await one.wait(HOUR)
    assert one.told() == ["GREEN", "AMBER"]
    assert one.fleet.levels.everything() == []
    await one.stop()


async def test_nothing_is_looked_for_while_nothing_ends() -> None:
    """One look at the start, one at each end: none for the statuses set between, nor as time passes."""
    one = await made(("shop/0", "shop/1"))
    for _ in range(10):
        await one.set(RED, None, "shop/0")
        await one.set(GREEN, None, "shop/0")
    await one.wait(1000 * HOUR)
    assert one.store.looks == 1
    await one.set(RED, 2 * HOUR, "shop/0")
    await one.set(RED, 3 * HOUR, "shop/1")
    await one.wait(10 * HOUR)
    assert (one.told(), one.store.looks) == (["GREEN", "GREEN"], 3)
    await one.stop()


class SteppingClock(manual_clock.ManualClock):
    """One whose wall time can be set, which its timers do not know."""

    def __init__(self) -> None:
        super().__init__()
        self.step = datetime.timedelta(0)

    def now(self) -> datetime.datetime:
        """Return the wall time."""
        return super().now() + self.step


async def test_a_clock_that_is_set_decides() -> None:
    """Set back, it ends later; set forward, within a minute: its end is an instant of the wall clock."""
    clock = SteppingClock()
    one = Controller(repository.MemoryDatabase(users=[ADMIN]), clock)
    await one.start()
    await one.service.units.add(ADMIN, "shop/0", GREEN)
    await one.set(AMBER, 2 * HOUR, "shop/0")
    clock.step = -HOUR
    await one.wait(2 * HOUR)
    assert one.told() == ["AMBER"]
    await one.wait(HOUR)
    assert one.told() == ["GREEN"]
    await one.set(AMBER, 2 * HOUR, "shop/0")
    clock.step = 2 * HOUR
    await one.wait(expiry.LONGEST_WAIT)
    assert one.told() == ["GREEN"]
    await one.stop()


async def test_a_store_that_fails_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    """Said once, and what fell due meanwhile ends as soon as it is back."""
    one = await made()
    await one.set(AMBER, MINUTE, "shop/0")
    one.store.engine.failure = errors.StoreUnavailableError("gone")
    await one.wait(2 * MINUTE)
    one.store.engine.failure = None
    assert one.told() == ["AMBER"]
    await one.wait(expiry.AGAIN)
    assert one.told() == ["GREEN"]
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said == [
        "statuses that were set for a time do not end: gone",
        "statuses that were set for a time end again",
    ]
    await one.stop()


async def test_a_store_that_was_led_back_ends_what_it_has() -> None:
    """What is over in a backup ends at once, and what is to come at its time."""
    stored = repository.MemoryDatabase(users=[ADMIN])
    one = Controller(stored, manual_clock.ManualClock())
    await one.start()
    for unit in ("shop/0", "shop/1"):
        await one.service.units.add(ADMIN, unit, GREEN)
    await one.set(RED, HOUR, "shop/0")
    await one.set(RED, 4 * HOUR, "shop/1")
    backup = stored.copy()
    await one.set(RED, None, "shop/0", "shop/1")
    await one.wait(2 * HOUR)
    one.store.engine.lead_back(backup)
    await settle()
    assert one.told() == ["GREEN", "RED"]
    await one.wait(2 * HOUR)
    assert one.told() == ["GREEN", "GREEN"]
    await one.stop()


async def test_a_defect_is_said_aloud(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Statuses that end no more must not go unnoticed."""

    async def fail(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(Counting, "end_due", fail)
    one = await made()
    assert "what is set for a time does not end any more" in caplog.text
    await one.stop()
