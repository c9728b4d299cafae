"""The trigger factory as a user of the package meets it (spec worker, A.7)."""

import datetime
from collections.abc import Generator
from typing import Any

import pytest

from meterstatus import TriggerCreator, Triggers, WorkerState, get_triggers

START = datetime.datetime(2031, 5, 6, 7, 8, 9, 250000, tzinfo=datetime.UTC)


class Bell:
    """An awaitable that knows only what it was armed for."""

    def __init__(self, delay: datetime.timedelta) -> None:
        self.delay = delay

    def __await__(self) -> Generator[Any, Any, None]:
        """Ring at once."""
        return
        yield

    def cancel(self) -> None:
        """Do nothing."""


class CountingClock:
    """A clock that stands still and counts how it is used."""

    def __init__(self) -> None:
        self.uses: list[str] = []
        self.bells: list[Bell] = []

    def now(self) -> datetime.datetime:
        """Return the one instant."""
        self.uses.append("now")
        return START

    def after(self, delay: datetime.timedelta) -> Bell:
        """Remember the delay."""
        self.uses.append("after")
        self.bells.append(Bell(delay))
        return self.bells[-1]


def _seconds(number: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=number)


def _ask(state: int, status: str, elapsed: int, amber: int, red: int) -> tuple[Triggers, CountingClock]:
    clock = CountingClock()
    creator: TriggerCreator = get_triggers
    armed = creator(state, status, START - _seconds(elapsed), clock, _seconds(amber), _seconds(red))
    return armed, clock


A, R = 600, 1800


@pytest.mark.parametrize(
    ("state", "status", "elapsed", "amber", "red"),
    [
        (WorkerState.UNINITIALIZED, "GREEN", 0, True, True),
        (WorkerState.UNINITIALIZED, "AMBER", 0, True, True),
        (WorkerState.UNINITIALIZED, "RED", 0, False, True),
        (WorkerState.WAITING_AMBER, "GREEN", 0, True, True),
        (WorkerState.WAITING_AMBER, "AMBER", 0, True, True),
        (WorkerState.WAITING_AMBER, "RED", 0, False, True),
        (WorkerState.WAITING_AMBER, "GREEN", A + 1, True, True),
        (WorkerState.WAITING_AMBER, "AMBER", A + 1, True, True),
        (WorkerState.WAITING_AMBER, "RED", A + 1, False, True),
        (WorkerState.WAITING_RED, "AMBER", A + 1, False, True),
        (WorkerState.WAITING_RED, "AMBER", R + 1, False, True),
        (WorkerState.WAITING_RED, "RED", R + 1, False, True),
        (WorkerState.DONE, "RED", R + 1, False, False),
    ],
)
def test_reference_rows(state: WorkerState, status: str, elapsed: int, amber: bool, red: bool) -> None:
    """The thirteen rows of the reference's own test."""
    armed, _ = _ask(state, status, elapsed, A, R)
    assert (armed.amber is not None, armed.red is not None) == (amber, red)


@pytest.mark.parametrize(
    ("state", "status", "elapsed", "amber", "red"),
    [
        (1, "GREEN", 0, 300, 900),
        (1, "", 299, 1, 601),
        (1, "AMBER", 300, 0, 600),
        (0, "GREEN", 899, -599, 1),
        (1, "GREEN", 900, None, 0),
        (1, "GREEN", 5000, None, -4100),
        (1, "GREEN", -3600, 3900, 4500),
        (1, "red", 0, 300, 900),
        (-1, "GREEN", 899, None, None),
        (1, "RED", 0, None, 900),
        (1, "RED", 899, None, 1),
        (1, "RED", 5000, None, -4100),
        (2, "GREEN", 0, None, 900),
        (2, "AMBER", 899, None, 1),
        (2, "RED", 900, None, 0),
        (2, "AMBER", -3600, None, 4500),
        (4, "RED", 900, None, None),
        (-1, "RED", 0, None, 900),
        (-1, "GREEN", 900, None, 0),
    ],
)
def test_delays(state: int, status: str, elapsed: int, amber: int | None, red: int | None) -> None:
    """The delays, their order, one reading of the clock, and the clock's own timers as the answer."""
    armed, clock = _ask(state, status, elapsed, 300, 900)
    expected = [_seconds(delay) for delay in (amber, red) if delay is not None]
    assert [bell.delay for bell in clock.bells] == expected
    assert clock.uses == ["now", *["after"] * len(expected)]
    assert [bell for bell in (armed.amber, armed.red) if bell is not None] == clock.bells
    assert ((amber is None), (red is None)) == (armed.amber is None, armed.red is None)


def test_amber_need_not_be_the_shorter() -> None:
    """The function itself does not compare the periods."""
    armed, clock = _ask(1, "GREEN", 0, 900, 300)
    assert [bell.delay for bell in clock.bells] == [_seconds(900), _seconds(300)]
    assert armed.amber is clock.bells[0]


def test_named_arguments() -> None:
    """Each argument can be given by its name."""
    clock = CountingClock()
    armed = get_triggers(
        worker_state=WorkerState.WAITING_AMBER,
        status="GREEN",
        disconnected_at=START,
        clock=clock,
        amber_grace_period=_seconds(1),
        red_grace_period=_seconds(2),
    )
    assert armed == Triggers(*clock.bells)


def test_result_can_be_taken_apart() -> None:
    """The two timers, amber first, as the two results of the Go function."""
    armed, clock = _ask(1, "GREEN", 0, 300, 900)
    amber, red = armed
    assert [amber, red] == clock.bells
