"""``get_triggers`` on a clock: what it reads, arms and returns (spec worker, A.7)."""

import datetime
from collections.abc import Generator
from typing import Any

import pytest

import meterstatus
from harness import trigger_tables as tables

NOW = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
A, R = datetime.timedelta(seconds=300), datetime.timedelta(seconds=900)


class NamedTimer:
    """A timer that is only looked at."""

    def __init__(self, delay: datetime.timedelta) -> None:
        self.delay = delay

    def __await__(self) -> Generator[Any, Any, None]:
        raise AssertionError("nobody waits here")

    def cancel(self) -> None:
        raise AssertionError("nobody cancels here")


class CountingClock:
    """A clock that notes what it was asked for."""

    def __init__(self) -> None:
        self.readings = 0
        self.armed: list[NamedTimer] = []

    def now(self) -> datetime.datetime:
        self.readings += 1
        return NOW

    def after(self, delay: datetime.timedelta) -> NamedTimer:
        self.armed.append(NamedTimer(delay))
        return self.armed[-1]


def test_reads_the_clock_once_and_arms_amber_before_red() -> None:
    """The result holds exactly the timers that the clock gave, in that order."""
    clock = CountingClock()
    lost_at = NOW - datetime.timedelta(seconds=100)

    armed = meterstatus.get_triggers(meterstatus.WorkerState.WAITING_AMBER, "GREEN", lost_at, clock, A, R)

    assert clock.readings == 1
    assert [armed.amber, armed.red] == clock.armed
    assert [200, 800] == [timer.delay.total_seconds() for timer in clock.armed]


def test_arms_nothing_where_the_table_says_nothing() -> None:
    """A unit that is done has no timers."""
    clock = CountingClock()

    armed = meterstatus.get_triggers(meterstatus.WorkerState.DONE, "RED", NOW, clock, A, R)

    assert armed == meterstatus.Triggers(None, None)
    assert clock.armed == []


@pytest.mark.parametrize(("worker_state", "code"), [(1, "RED"), (2, "AMBER")])
def test_arms_red_alone_where_amber_is_past(worker_state: int, code: str) -> None:
    """Amber is None where only red is still to come."""
    clock = CountingClock()

    armed = meterstatus.get_triggers(worker_state, code, NOW, clock, A, R)

    assert (None, clock.armed[0]) == (armed.amber, armed.red)


@pytest.mark.parametrize(("worker_state", "code", "elapsed", "amber", "red"), tables.REFERENCE_ROWS)
def test_arms_what_the_reference_asserts(
    worker_state: int, code: str, elapsed: int, amber: bool, red: bool
) -> None:
    """Each row that the reference's own test asserts, through the public name."""
    lost_at = NOW - datetime.timedelta(seconds=elapsed)
    periods = [datetime.timedelta(seconds=s) for s in (tables.REFERENCE_A, tables.REFERENCE_R)]

    armed = meterstatus.get_triggers(worker_state, code, lost_at, CountingClock(), *periods)

    assert (amber, red) == (armed.amber is not None, armed.red is not None)


@pytest.mark.parametrize(("worker_state", "code", "elapsed", "amber", "red"), tables.OWN_VECTORS)
def test_arms_for_the_rest_of_the_grace_period(
    worker_state: int, code: str, elapsed: int, amber: int | None, red: int | None
) -> None:
    """Each vector's delays, through the public name, in the order amber, red."""
    clock = CountingClock()
    lost_at = NOW - datetime.timedelta(seconds=elapsed)

    armed = meterstatus.get_triggers(worker_state, code, lost_at, clock, A, R)

    delays = [seconds for seconds in (amber, red) if seconds is not None]
    assert delays == [timer.delay.total_seconds() for timer in clock.armed]
    assert clock.armed == [timer for timer in (armed.amber, armed.red) if timer is not None]
