"""The system's clock."""

import asyncio
import datetime
import pathlib
import time

import pytest

from meterstatus.runtime import clock
from meterstatus.testing import virtual_time

SECOND = datetime.timedelta(seconds=1)


def test_now_is_the_wall_time_in_utc() -> None:
    """The instant is aware, in UTC, and between the system's before and after."""
    before = datetime.datetime.now(datetime.UTC)
    now = clock.SystemClock().now()
    assert now.tzinfo is datetime.UTC
    assert before <= now <= datetime.datetime.now(datetime.UTC)


def test_the_boot_clock_is_the_one_that_counts_suspensions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the system's clocks it is asked for by its number."""
    asked: list[int] = []

    def read(which: int) -> int:
        asked.append(which)
        return 7_000

    monkeypatch.setattr(time, "clock_gettime_ns", read)
    assert clock.SystemClock().instant_now().boot == datetime.timedelta(microseconds=7)
    assert set(asked) == {time.CLOCK_BOOTTIME}


@virtual_time.virtual
async def test_timer_fires_after_its_delay() -> None:
    """A timer fires when its delay has passed on the loop, neither before nor later."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await system_clock().after(5 * SECOND)
    assert loop.time() - begun == pytest.approx(5)


@pytest.mark.parametrize("delay", [datetime.timedelta(), -SECOND])
@virtual_time.virtual
async def test_timer_without_delay_fires_at_once(delay: datetime.timedelta) -> None:
    """A delay of zero or less takes no time."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await system_clock().after(delay)
    assert loop.time() == begun


@virtual_time.virtual
async def test_fired_timer_can_be_awaited_again() -> None:
    """Who comes after the timer fired does not wait, and disarming it then changes nothing."""
    timer = system_clock().after(SECOND)
    await timer
    timer.cancel()
    await timer


@virtual_time.virtual
async def test_cancelled_timer_never_fires() -> None:
    """A timer that was disarmed does not wake who waits for it."""
    timer = system_clock().after(SECOND)
    timer.cancel()
    timer.cancel()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_wait(timer), 60)


@virtual_time.virtual
async def test_cancelled_wait_leaves_the_timer_armed() -> None:
    """One waiter that goes away takes nothing from another."""
    timer = system_clock().after(5 * SECOND)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_wait(timer), 1)
    await timer
    assert asyncio.get_running_loop().time() == pytest.approx(5)


class _Machine:
    """A boot clock that runs with the virtual loop, and on while the loop stands still."""

    def __init__(self) -> None:
        self.suspended = datetime.timedelta()

    def boot_ns(self) -> int:
        running = datetime.timedelta(seconds=asyncio.get_running_loop().time())
        return (running + self.suspended) // datetime.timedelta(microseconds=1) * 1000


def system_clock() -> clock.SystemClock:
    return clock.SystemClock(_Machine().boot_ns)


@virtual_time.virtual
async def test_a_suspension_counts() -> None:
    """A timer that fell due while the machine slept fires within a second of its waking; others wait on."""
    machine = _Machine()
    system = clock.SystemClock(machine.boot_ns)
    due, later = system.after(900 * SECOND), system.after(7200 * SECOND)
    await asyncio.sleep(100)
    machine.suspended += 3600 * SECOND
    begun = asyncio.get_running_loop().time()
    await due
    assert asyncio.get_running_loop().time() - begun <= clock.STEP_SECONDS
    await later
    assert asyncio.get_running_loop().time() == pytest.approx(3600, abs=0.001)


@virtual_time.virtual
async def test_an_earlier_timer_overtakes() -> None:
    """A timer armed later and due sooner fires at its own time."""
    system = system_clock()
    late, early = system.after(10 * SECOND), system.after(SECOND / 2)
    await early
    assert asyncio.get_running_loop().time() == pytest.approx(0.5)
    await late
    assert asyncio.get_running_loop().time() == pytest.approx(10)


def test_a_clock_serves_one_loop_after_another() -> None:
    """Timers belong to the loop they are armed on."""
    system = clock.SystemClock()

    async def wait() -> None:
        await system.after(datetime.timedelta())

    asyncio.run(wait())
    asyncio.run(wait())


def test_an_instant_is_read_from_all_clocks() -> None:
    """Boot time goes on, and the boot is the same for every clock of the machine."""
    first = clock.SystemClock().instant_now()
    second = clock.SystemClock().instant_now()
    assert first.boot_id == second.boot_id
    assert first.boot <= second.boot
    assert first.wall.tzinfo is datetime.UTC


class _Busy(clock.SystemClock):
    """A clock of a process that waits for a processor now and then, between two readings."""

    def __init__(self, waits: list[int]) -> None:
        self._waits = waits
        self._seconds = 0
        super().__init__(lambda: self._seconds * 10**9)

    def now(self) -> datetime.datetime:
        read = virtual_time.START + self._seconds * SECOND
        self._seconds += self._waits.pop(0)
        return read


def test_an_instant_is_of_one_time_however_busy_the_machine_is() -> None:
    """What is between the clocks stays the same: a loss of contact would else move with each reading."""
    busy = _Busy([3, 5, 0])
    read = busy.instant_now()
    assert read.wall - read.boot == virtual_time.START
    always = _Busy([1] * 1000)
    assert always.instant_now().boot - (always.instant_now().wall - virtual_time.START) <= SECOND


def test_without_a_boot_id_every_clock_is_a_boot_of_its_own(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the kernel does not say which boot it is, none is taken for the same."""
    monkeypatch.setattr(clock, "_BOOT_ID", tmp_path / "absent")
    assert clock.SystemClock().instant_now().boot_id != clock.SystemClock().instant_now().boot_id


def test_a_boot_of_its_own_begins_with_the_process(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time since the machine's boot may lie in another such boot, and be counted there already."""
    monkeypatch.setattr(clock, "_BOOT_ID", tmp_path / "absent")
    nanoseconds = [7 * 10**15, *[7 * 10**15 + 2 * 10**9] * 2]
    made = clock.SystemClock(lambda: nanoseconds.pop(0))
    assert made.instant_now().boot == 2 * SECOND


async def _wait(timer: clock.BootTimer) -> None:
    await timer


@virtual_time.virtual
async def test_a_timer_calls_back_when_it_fires() -> None:
    """Each call is made once, in order, at once where the timer has fired, never where it was disarmed."""
    made: list[str] = []
    timer, disarmed = system_clock().after(SECOND), system_clock().after(SECOND)
    timer.call_when_fired(lambda: made.append("first"))
    timer.call_when_fired(lambda: made.append("second"))
    disarmed.call_when_fired(lambda: made.append("never"))
    disarmed.cancel()
    assert made == []
    await asyncio.sleep(2)
    assert made == ["first", "second"]
    timer.call_when_fired(lambda: made.append("third"))
    assert made == ["first", "second", "third"]
