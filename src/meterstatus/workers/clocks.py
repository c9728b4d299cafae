"""Every clock as one that knows the time since boot, so that decisions need only one kind."""

import datetime
import secrets

from meterstatus.domain.unit import offline_clock
from meterstatus.ports import time


def instants(clock: time.Clock) -> time.InstantClock:
    """Return the clock itself where it knows boots, else one that reckons with its wall time."""
    return clock if isinstance(clock, time.InstantClock) else WallClock(clock)


class WallClock:
    """``InstantClock`` on a clock that has wall time only.

    Its boot is its own life. Wall time that goes forward is time that passed; wall time that was set back
    is none, and what passes from then on counts again.
    """

    def __init__(self, clock: time.Clock) -> None:
        self._clock = clock
        self._boot_id = f"wall-{secrets.token_hex(8)}"
        self._passed = offline_clock.NOTHING
        self._last = clock.now()

    def now(self) -> datetime.datetime:
        """Return the wall time."""
        return self._clock.now()

    def after(self, delay: datetime.timedelta) -> time.Timer:
        """Arm a timer."""
        return self._clock.after(delay)

    def instant_now(self) -> offline_clock.Instant:
        """Return the wall time, and how far it went forward since this was made."""
        wall = self._clock.now()
        self._passed += max(offline_clock.NOTHING, wall - self._last)
        self._last = wall
        return offline_clock.Instant(wall, self._passed, self._boot_id)
