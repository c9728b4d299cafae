"""The system's clock; the only place that asks the operating system for the time."""

import asyncio
import datetime
from collections.abc import Generator
from typing import Any


class LoopTimer:
    """A timer on the running event loop."""

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


class SystemClock:
    """``Clock`` on the system's wall time and the running loop's timers."""

    def now(self) -> datetime.datetime:
        """Return the wall time, an aware UTC instant."""
        return datetime.datetime.now(datetime.UTC)

    def after(self, delay: datetime.timedelta) -> LoopTimer:
        """Arm a timer on the running loop; a delay of zero or less fires at once."""
        return LoopTimer(delay)
