"""The one clock of all controllers on one store: the store's own, where it has one.

What one controller writes down as an instant, another compares with its own: when a status ends, until when
maintenance lasts, when a unit was last in contact. Their machines' clocks may differ by minutes. So each asks
the store for its time, at the start and with each heartbeat, and goes on from there by a clock that nobody
sets. Where the store has none, as SQLite, there is one controller and its machine's clock.
"""

import datetime
import logging
from collections.abc import Callable

from meterstatus.ports import repository, time

LOUD = datetime.timedelta(seconds=1)
"""A difference from the store's clock that is said."""

UNSURE = datetime.timedelta(seconds=1)
"""An answer of the store that takes longer says too little of its time."""

_logger = logging.getLogger(__name__)


class StoreClock:
    """``Clock`` by the store's time; by the machine's until that was asked for.

    Args:
        store: whose time it is.
        local: the machine's clock.
        elapsed: seconds of a clock that nobody sets, the one that ``StoreTime.when`` is of.

    Attributes:
        ahead: how far the machine's clock is ahead of the store's; None where the store has none.
    """

    def __init__(self, store: repository.Repository, local: time.Clock, elapsed: Callable[[], float]) -> None:
        self._store = store
        self._local = local
        self._elapsed = elapsed
        self._known: repository.StoreTime | None = None
        self.ahead: datetime.timedelta | None = None
        self._is_loud = False

    def now(self) -> datetime.datetime:
        """Return what time it is by the store's clock, an aware UTC instant."""
        if self._known is None:
            return self._local.now()
        return self._known.at + datetime.timedelta(seconds=self._elapsed() - self._known.when)

    def after(self, delay: datetime.timedelta) -> time.Timer:
        """Arm a timer."""
        return self._local.after(delay)

    async def measure(self) -> None:
        """Ask the store what time it is; log a difference that begins to be, or is no more, too large.

        Raises:
            StoreUnavailableError: it cannot be asked; the time goes on from the last answer.
        """
        answer = await self._store.time()
        if answer is None or (self._known is not None and answer.spread > UNSURE):
            return
        self._known = answer
        self.ahead = self._local.now() - self.now()
        was_loud, self._is_loud = self._is_loud, abs(self.ahead) > LOUD + answer.spread
        if self._is_loud and not was_loud:
            _logger.error(
                "this machine's clock is %s the database's, by which all is reckoned: set it right",
                difference(self.ahead),
            )
        elif was_loud and not self._is_loud:
            _logger.warning("this machine's clock is right again")


def difference(ahead: datetime.timedelta) -> str:
    """Say how far a clock is from another one."""
    return f"{abs(ahead).total_seconds():.1f} s {'ahead of' if ahead > datetime.timedelta(0) else 'behind'}"
