"""A token bucket: so many at once, so many over time (spec juju-api, 1.9). Pure; the caller has the clock."""

import datetime


class TokenBucket:
    """Holds up to ``size`` tokens and gains one each ``period``; begins full.

    A size of 0 switches the limit off.
    """

    def __init__(self, size: int, period: datetime.timedelta) -> None:
        self._size = size
        self._period = period
        self._tokens = float(size)
        self._counted_at: datetime.datetime | None = None

    def take(self, now: datetime.datetime) -> bool:
        """Take a token; False when there is none, and then nothing changes but the time."""
        if self._size == 0:
            return True
        self._gain(now)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _gain(self, now: datetime.datetime) -> None:
        # A wall clock set back gains nothing and costs nothing: counting goes on from the new time.
        # Keeping the highest time instead would lock everybody out for as long as it was set back.
        passed = datetime.timedelta(0) if self._counted_at is None else now - self._counted_at
        self._counted_at = now
        if passed > datetime.timedelta(0):
            self._tokens = min(float(self._size), self._tokens + passed / self._period)
