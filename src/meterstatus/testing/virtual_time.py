"""An event loop whose time is virtual: waiting costs nothing, and nothing waits for real.

When every task is blocked, time jumps to the next deadline. So ``await asyncio.sleep(900)`` takes fifteen
virtual minutes and a millisecond, and "nothing happened" is proved by running until idle, not by sleeping:
a sleep, however short, returns only once nothing else is ready. A loop on which everything waits and no
deadline is left raises, because a real one would hang.

Only for code whose waits are all on the loop: no threads, sockets or processes.
"""

import asyncio
import datetime
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from meterstatus import clock

_P = ParamSpec("_P")
_T = TypeVar("_T")

START = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
"""The wall time at which every virtual loop begins."""


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("every task waits and no timer is armed: this would hang for ever")
        self.seconds += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop; ``time()`` is virtual seconds since it was made."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the virtual seconds passed."""
        return self._jumping.seconds


class VirtualClock(clock.SystemClock):
    """``Clock`` on a virtual loop, with a wall clock that can be stepped without time passing.

    Attributes:
        armed: every delay that ``after`` was asked for, in order.
    """

    def __init__(self, start: datetime.datetime = START) -> None:
        self._start = start
        self._origin = asyncio.get_running_loop().time()
        self.armed: list[datetime.timedelta] = []

    def now(self) -> datetime.datetime:
        """Return the start, moved by the time passed and every step."""
        passed = asyncio.get_running_loop().time() - self._origin
        return self._start + datetime.timedelta(seconds=passed)

    def after(self, delay: datetime.timedelta) -> clock.LoopTimer:
        """Arm a timer in virtual time."""
        self.armed.append(delay)
        return super().after(delay)

    def step(self, delta: datetime.timedelta) -> None:
        """Set the wall clock forward or back; timers do not notice."""
        self._start += delta

    async def advance(self, delta: datetime.timedelta) -> None:
        """Let time pass, then run until idle."""
        await asyncio.sleep(delta.total_seconds())
        await settle()


async def settle() -> None:
    """Run until every other task is blocked; takes a nanosecond of virtual time."""
    await asyncio.sleep(1e-9)


def virtual(test: Callable[_P, Coroutine[Any, Any, _T]]) -> Callable[_P, _T]:
    """Run a coroutine function, such as a test, on a loop of its own with virtual time."""

    @functools.wraps(test)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(test(*args, **kwargs))

    return run
