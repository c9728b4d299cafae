"""An event loop whose time is virtual: waiting costs nothing, and nothing waits for real.

When every task is blocked, time jumps to the next deadline. So ``await asyncio.sleep(900)`` takes fifteen
virtual minutes and a millisecond, and "nothing happened" is proved by running until idle, not by sleeping:
a sleep, however short, returns only once nothing else is ready. A loop on which everything waits and no
deadline is left raises, because a real one would hang.

A loop of its own and not asyncio's with another selector: half the time of a simulated day went into asking
a selector that can never have anything to say, and the loops of asyncio keep what would have to be replaced
to themselves. Only for code whose waits are all on the loop: no threads, sockets or processes. What is for
a thread is done at once.
"""

import asyncio
import collections
import contextvars
import datetime
import functools
import heapq
import itertools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from meterstatus.domain.unit import offline_clock
from meterstatus.runtime import clock

_P = ParamSpec("_P")
_T = TypeVar("_T")

START = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
"""The wall time at which every virtual loop begins."""


_RESOLUTION = 1e-9
"""Virtual seconds that are one instant, as on a real loop: 0.3 and the sum of 0.1 and 0.2."""


def _nothing() -> None:
    """Do what a call that was taken back does."""


class Call:
    """One call that the loop owes; what asyncio knows as ``Handle`` and ``TimerHandle``."""

    __slots__ = ("args", "callback", "context", "is_cancelled")

    due = 0.0

    def __init__(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: contextvars.Context | None
    ) -> None:
        self.callback = callback
        self.args = args
        self.context = contextvars.copy_context() if context is None else context
        self.is_cancelled = False

    def cancel(self) -> None:
        """Take it back, and let go of what it would have called, which often knows the call."""
        self.is_cancelled = True
        self.callback, self.args = _nothing, ()

    def cancelled(self) -> bool:
        """Tell whether it was taken back."""
        return self.is_cancelled

    def when(self) -> float:
        """Return the time that it was asked for."""
        return self.due


class TimedCall(Call):
    """One call that the loop owes at a time."""

    __slots__ = ("due", "stood_still")

    def __init__(
        self,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        context: contextvars.Context | None,
        due: float,
    ) -> None:
        # Not through ``super``: half of all calls are timed.
        self.callback = callback
        self.args = args
        self.context = contextvars.copy_context() if context is None else context
        self.is_cancelled = False
        self.due = due
        self.stood_still = 0.0


class VirtualLoop(asyncio.AbstractEventLoop):
    """The loop; ``time()`` is virtual seconds since it was made.

    Attributes:
        may_put_off: whether any call may have to be put off, which only a loop that knows of processes says.
    """

    may_put_off = False

    def __init__(self) -> None:
        self._now = 0.0
        self._end = _RESOLUTION
        self._ready: collections.deque[Call] = collections.deque()
        self._timers: list[tuple[float, int, Call]] = []
        self._count = itertools.count()
        self._is_running = self._is_stopping = self._is_closed = False
        self._on_failure: Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object] | None = None

    def time(self) -> float:
        """Return the virtual seconds passed."""
        return self._now

    # Calls.

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Any = None) -> Any:
        """Call in the next round."""
        call = Call(callback, args, context)
        self._ready.append(call)
        return call

    call_soon_threadsafe = call_soon

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> Any:
        """Call after some virtual seconds."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Callable[..., object], *args: Any, context: Any = None) -> Any:
        """Call at a virtual time."""
        call = TimedCall(callback, args, context, when)
        if self.may_put_off:
            self.time_stands(call)
        heapq.heappush(self._timers, (when, next(self._count), call))
        return call

    def time_stands(self, call: TimedCall) -> None:
        """Take note of for how long the call's time has stood still; asked only while ``may_put_off``."""
        raise NotImplementedError

    def arm(self, call: Call, when: float) -> None:
        """Owe a call at a time."""
        heapq.heappush(self._timers, (when, next(self._count), call))

    def owe(self, call: Call) -> None:
        """Owe a call in the next round."""
        self._ready.append(call)

    def puts_off(self, call: Call) -> bool:
        """Tell whether a call that is due is kept for later; asked only while ``may_put_off``."""
        raise NotImplementedError

    # The rounds.

    def _prepare_round(self) -> None:
        """Add what is due to what is ready; where nothing is ready, jump to the next deadline first."""
        timers, ready = self._timers, self._ready
        while timers and timers[0][2].is_cancelled:
            heapq.heappop(timers)
        if not ready:
            if not timers:
                raise RuntimeError("every task waits and no timer is armed: this would hang for ever")
            if timers[0][0] > self._now:
                self._now = timers[0][0]
            self._end = self._now + _RESOLUTION
        end = self._end
        while timers and timers[0][0] < end:
            ready.append(heapq.heappop(timers)[2])

    def _run(self) -> None:
        """Make rounds until the word to stop."""
        ready, timers, prepare = self._ready, self._timers, self._prepare_round
        take = ready.popleft
        while not self._is_stopping:
            if not ready or (timers and timers[0][0] < self._end):
                prepare()
            for _ in range(len(ready)):
                call = take()
                if call.is_cancelled or (self.may_put_off and self.puts_off(call)):
                    continue
                try:
                    call.context.run(call.callback, *call.args)
                except (SystemExit, KeyboardInterrupt):
                    raise
                except BaseException as error:  # noqa: BLE001 - whoever made the loop is told
                    self.call_exception_handler({"message": "a callback failed", "exception": error})

    def run_forever(self) -> None:
        """Run until ``stop``."""
        asyncio._set_running_loop(self)  # noqa: SLF001 - the door that asyncio has for loops
        self._is_running = True
        try:
            self._run()
        finally:
            self._is_running = self._is_stopping = False
            asyncio._set_running_loop(None)  # noqa: SLF001

    def run_until_complete(self, future: Any) -> Any:
        """Run until a future is done, and return what it gives."""
        task: asyncio.Future[Any] = asyncio.ensure_future(future, loop=self)
        task.add_done_callback(self._on_complete)
        self.run_forever()
        return task.result()

    def _on_complete(self, _: asyncio.Future[Any]) -> None:
        self.stop()

    def stop(self) -> None:
        """End after this round."""
        self._is_stopping = True

    def is_running(self) -> bool:
        """Tell whether it runs."""
        return self._is_running

    def is_closed(self) -> bool:
        """Tell whether it was closed."""
        return self._is_closed

    def close(self) -> None:
        """Forget everything."""
        self._ready.clear()
        self._timers.clear()
        self._is_closed = True

    async def shutdown_asyncgens(self) -> None:
        """Do nothing: no generator here outlives its task."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Do nothing: there is none."""

    # Futures and tasks.

    def create_future(self) -> asyncio.Future[Any]:
        """Make a future."""
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Any = None) -> asyncio.Task[Any]:
        """Make a task."""
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Do it at once."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            done.set_exception(error)
        return done

    # What went wrong.

    # Tells that it is no loop to debug. ``bool()`` is False, and no function of Python's: every future asks.
    get_debug = bool  # pyright: ignore[reportAssignmentType]

    def set_debug(self, enabled: bool) -> None:
        """Do nothing."""

    def set_exception_handler(self, handler: Any) -> None:
        """Have failures told that nobody awaits."""
        self._on_failure = handler

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Tell of a failure that nobody awaits; where nobody asked to be told, it ends the loop."""
        if self._on_failure is not None:
            self._on_failure(self, context)
            return
        raise RuntimeError(context.get("message")) from context.get("exception")


class LoopTimer(clock.CallingTimer):
    """A timer of the running loop, which knows no suspension."""

    def __init__(self, delay: datetime.timedelta) -> None:
        super().__init__()
        loop = asyncio.get_running_loop()
        due = loop.time() + max(0.0, delay.total_seconds())
        self._handle: asyncio.TimerHandle | None = loop.call_at(due, self.fire)

    def fire(self) -> None:
        """Let whoever waits go on, and go of the loop's timer, which knows this one."""
        self._handle = None
        super().fire()

    def cancel(self) -> None:
        """Disarm it; a waiter still there waits for ever."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


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
