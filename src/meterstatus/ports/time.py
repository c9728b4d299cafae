"""Time as workers see it: instants, timers, and the word to stop."""

import datetime
from collections.abc import Generator
from typing import Any, Protocol, runtime_checkable

from meterstatus.domain.unit import offline_clock


class Interrupt(Protocol):
    """A word to stop that is said once and stays said; ``asyncio.Event`` is one."""

    def is_set(self) -> bool:
        """Tell whether the word was said."""
        ...

    async def wait(self) -> object:
        """Return as soon as the word is said; cancelling leaves nothing behind."""
        ...


class Timer(Protocol):
    """One armed timer; awaiting it returns when it fires, at once if it has fired already."""

    def __await__(self) -> Generator[Any, Any, object]:
        """Wait until the timer fires."""
        ...

    def cancel(self) -> object:
        """Disarm it; it never fires afterwards. Disarming twice, or after it fired, does nothing."""
        ...


class Clock(Protocol):
    """The source of every instant and timer (Juju's ``Clock``: Now, After)."""

    def now(self) -> datetime.datetime:
        """Return the wall time, an aware UTC instant."""
        ...

    def after(self, delay: datetime.timedelta, /) -> Timer:
        """Arm a timer; a delay of zero or less fires at once. The caller cancels what it drops."""
        ...


@runtime_checkable
class InstantClock(Clock, Protocol):
    """A clock that also knows the time since boot, and which boot it is.

    Not every caller's clock is one: where only ``Clock`` is given, a worker reckons with its wall time.
    """

    def instant_now(self) -> offline_clock.Instant:
        """Return wall time, boot time and boot id, read together."""
        ...
