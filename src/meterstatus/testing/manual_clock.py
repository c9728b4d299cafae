"""A clock that moves only when a test says so, for tests whose sockets and threads are real."""

import asyncio
import datetime
from collections.abc import Generator
from typing import Any

from meterstatus.testing import virtual_time

_ROUNDS = 10
"""Turns of the loop that what waited for a timer gets before the next one fires."""


class ManualTimer:
    """A timer that its clock fires."""

    def __init__(self, due: datetime.datetime) -> None:
        self.due = due
        self.fired: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.cancelled = False

    def __await__(self) -> Generator[Any, Any, None]:
        """Wait until it fires."""
        return asyncio.shield(self.fired).__await__()

    def cancel(self) -> None:
        """Disarm it."""
        self.cancelled = True


class ManualClock:
    """``Clock`` that stands still."""

    def __init__(self, start: datetime.datetime = virtual_time.START) -> None:
        self._now = start
        self._timers: list[ManualTimer] = []

    def now(self) -> datetime.datetime:
        """Return the instant it stands at."""
        return self._now

    def after(self, delay: datetime.timedelta) -> ManualTimer:
        """Arm a timer."""
        timer = ManualTimer(self._now + delay)
        self._timers.append(timer)
        return timer

    async def advance(self, delta: datetime.timedelta) -> None:
        """Let time pass, firing every timer that falls due, also those armed on the way, in order."""
        end = self._now + delta
        while True:
            self._timers = [timer for timer in self._timers if not timer.cancelled]
            due = min((timer for timer in self._timers if timer.due <= end), key=_due, default=None)
            if due is None:
                break
            self._timers.remove(due)
            self._now = max(self._now, due.due)
            due.fired.set_result(None)
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)
        self._now = end


def _due(timer: ManualTimer) -> datetime.datetime:
    return timer.due
