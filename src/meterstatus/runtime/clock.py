"""The system's clocks; the only place that asks the operating system for the time.

Timers go by the boot clock, which goes on while the machine is suspended. The loop's own timers do not: one
armed for fifteen minutes before a night's suspension would fire fifteen minutes after it.
"""

import asyncio
import datetime
import heapq
import itertools
import pathlib
import secrets
import time
from collections.abc import Callable, Generator
from typing import Any

from meterstatus.domain.unit import offline_clock

STEP_SECONDS = 1.0
"""How often the boot clock is looked at while any timer is armed: after a suspension every timer that fell
due meanwhile fires within this time."""

_BOOT_ID = pathlib.Path("/proc/sys/kernel/random/boot_id")
_BOOT_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_TOGETHER_NS = 1_000_000
"""Between readings of the boot clock before and after one of the wall clock that count as one instant."""

_READINGS = 10
"""After so many that were not together the last is taken: the machine has nothing better."""

_MICROSECOND = datetime.timedelta(microseconds=1)


class CallingTimer:
    """A timer that calls back, so that waiting for it takes no task; whoever arms it lets it fire."""

    def __init__(self) -> None:
        self._calls: list[Callable[[], object]] = []
        self._has_fired = False

    def fire(self) -> None:
        """Let whoever waits go on."""
        self._has_fired = True
        for call in self._calls:
            call()

    def call_when_fired(self, call: Callable[[], object]) -> None:
        """Call back when it fires, at once if it has; see ``waiting.nap``."""
        if self._has_fired:
            call()
        else:
            self._calls.append(call)

    def __await__(self) -> Generator[Any, Any, None]:
        """Wait until the timer fires; cancelling one wait leaves the timer armed."""
        if self._has_fired:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def release() -> None:
            if not waiter.done():
                waiter.set_result(None)

        self._calls.append(release)
        yield from waiter


class BootTimer(CallingTimer):
    """A timer on the boot clock."""

    def __init__(self) -> None:
        super().__init__()
        self.cancelled = False

    def cancel(self) -> None:
        """Disarm it; a waiter still there waits for ever."""
        self.cancelled = True


class _Alarms:
    """All armed timers of one loop, behind one timer of the loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, boot_ns: Callable[[], int], step_seconds: float
    ) -> None:
        self.loop = loop
        self._boot_ns = boot_ns
        self._step_seconds = step_seconds
        self._armed: list[tuple[int, int, BootTimer]] = []
        self._count = itertools.count()
        self._handle: asyncio.TimerHandle | None = None

    def add(self, delay: datetime.timedelta, timer: BootTimer) -> None:
        due = self._boot_ns() + delay // _MICROSECOND * 1000
        heapq.heappush(self._armed, (due, next(self._count), timer))
        if self._handle is None or self._armed[0][2] is timer:
            self.look()

    def look(self) -> None:
        """Fire what is due, and look again when the next is, or a step later."""
        now = self._boot_ns()
        while self._armed and (self._armed[0][0] <= now or self._armed[0][2].cancelled):
            _, _, timer = heapq.heappop(self._armed)
            if not timer.cancelled:
                timer.fire()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if self._armed:
            self._handle = self.loop.call_later(
                min(self._step_seconds, (self._armed[0][0] - now) / 1e9), self.look
            )


def _boot_ns() -> int:
    return time.clock_gettime_ns(_BOOT_CLOCK)


class SystemClock:
    """``InstantClock`` on the system's wall clock and boot clock.

    Args:
        boot_ns: reads the boot clock, in nanoseconds.
        step_seconds: how often to look at it while any timer is armed.
    """

    def __init__(self, boot_ns: Callable[[], int] = _boot_ns, *, step_seconds: float = STEP_SECONDS) -> None:
        self._boot_ns = boot_ns
        self._step_seconds = step_seconds
        kernels = _boot_id()
        self._boot_id = kernels or f"process-{secrets.token_hex(8)}"
        # A boot that is the process's own begins with it: what was before may have been in another process.
        self._boot_began = 0 if kernels else boot_ns()
        self._alarms: _Alarms | None = None

    def now(self) -> datetime.datetime:
        """Return the wall time, an aware UTC instant."""
        return datetime.datetime.now(datetime.UTC)

    def instant_now(self) -> offline_clock.Instant:
        """Return wall time, boot time and boot id, read together.

        Between two readings a busy machine may have this process wait, and the instant would be of neither
        time: then they are read again.
        """
        boot_ns, wall = self._boot_ns(), self.now()
        for _ in range(_READINGS):
            before_ns, boot_ns = boot_ns, self._boot_ns()
            if boot_ns - before_ns <= _TOGETHER_NS:
                break
            wall = self.now()
        boot = datetime.timedelta(microseconds=(boot_ns - self._boot_began) // 1000)
        return offline_clock.Instant(wall, boot, self._boot_id)

    def after(self, delay: datetime.timedelta) -> BootTimer:
        """Arm a timer on the running loop; a delay of zero or less fires at once."""
        loop = asyncio.get_running_loop()
        if self._alarms is None or self._alarms.loop is not loop:
            self._alarms = _Alarms(loop, self._boot_ns, self._step_seconds)
        timer = BootTimer()
        self._alarms.add(delay, timer)
        return timer

    def look(self) -> None:
        """Fire the timers that are due by the boot clock now, as the next step would."""
        if self._alarms is not None:
            self._alarms.look()


def _boot_id() -> str:
    """Return the kernel's name for this boot; "" where it has none.

    Then a restart of the agent counts as one of the machine, and goes by the wall clock.
    """
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
