"""The product's own clock, whose time a test can move on, for agents whose sockets and processes are real."""

import datetime
import time

from meterstatus.runtime import clock


class LeapingClock(clock.SystemClock):
    """``InstantClock`` that is the system's and some spans, by which it was moved on, ahead of it."""

    def __init__(self) -> None:
        self._ahead = datetime.timedelta()
        super().__init__(self._boot, step_seconds=0.05)

    def _boot(self) -> int:
        return time.monotonic_ns() + int(self._ahead.total_seconds() * 1e9)

    def now(self) -> datetime.datetime:
        """Return the wall time."""
        return super().now() + self._ahead

    def leap(self, span: datetime.timedelta) -> None:
        """Let time pass at once; whatever fell due meanwhile is due now."""
        self._ahead += span
        self.look()
