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
from collections.abc import Callable, Coroutine, Generator
from typing import Any, ParamSpec, TypeVar

from meterstatus.domain import offline_clock

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


class LoopTimer:
    """A timer of the running loop, which knows no suspension."""

    def __init__(self, delay: datetime.timedelta) -> None:
        loop = asyncio.get_running_loop()
        self._fired: asyncio.Future[None] = loop.create_future()
        self._handle = loop.call_later(max(0.0, delay.total_seconds()), self._fire)

    def _fire(self) -> None:
        if not self._fired.done():
            self._fired.set_result(None)

    def __await__(self) -> Generator[Any, Any, None]:
        """Wait until the timer fires; cancelling one wait leaves the timer armed."""
        return asyncio.shield(self._fired).__await__()

    def cancel(self) -> None:
        """Disarm it; a waiter still there waits for ever."""
        self._handle.cancel()


class VirtualClock:
    """``InstantClock`` on a virtual loop, with a wall clock that can be stepped without time passing.

    Attributes:
        armed: every delay that ``after`` was asked for, in order.
        boot_id: of the boot that the machine is in.
    """

    def __init__(self, start: datetime.datetime = START) -> None:
        self._start = start
        self._origin = asyncio.get_running_loop().time()
        self._booted = self._origin
        self.armed: list[datetime.timedelta] = []
        self.boot_id = "boot-1"

    def now(self) -> datetime.datetime:
        """Return the start, moved by the time passed and every step."""
        passed = asyncio.get_running_loop().time() - self._origin
        return self._start + datetime.timedelta(seconds=passed)

    def instant_now(self) -> offline_clock.Instant:
        """Return the wall time and the time since boot, which no step moves."""
        passed = asyncio.get_running_loop().time() - self._booted
        return offline_clock.Instant(self.now(), datetime.timedelta(seconds=passed), self.boot_id)

    def after(self, delay: datetime.timedelta) -> LoopTimer:
        """Arm a timer in virtual time."""
        self.armed.append(delay)
        return LoopTimer(delay)

    def step(self, delta: datetime.timedelta) -> None:
        """Set the wall clock forward or back; timers do not notice."""
        self._start += delta

    def reboot(self, boot_id: str) -> None:
        """Begin another boot; the wall clock goes on."""
        self._booted = asyncio.get_running_loop().time()
        self.boot_id = boot_id

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
