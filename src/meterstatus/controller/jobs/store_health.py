"""Whether the store still vouches for what a controller serves.

Everything is served from memory, which follows the store. A controller that is cut off from its store, and
others are not, would go on confirming contact with statuses that were changed meanwhile: its units would
neither hear of the change nor count themselves as cut off. So it serves nobody until it has caught up, and
agents go to another controller, or count. How long it is uncertain is the store's to say; what that means is
decided here.
"""

import datetime
import logging
from collections.abc import Callable

from meterstatus import errors
from meterstatus.ports import time
from meterstatus.runtime import waiting

_LOOKS = 3
"""In one limit, at most: a connection on which nobody asks anything ends a third of the limit after it."""

_logger = logging.getLogger(__name__)


class StoreHealth:
    """Whether it is certain enough that what is in memory is what is stored.

    Args:
        unconfirmed_for: how long ago that was last certain.
        clock: tells when to look.
        limit: how long ago it may have been.
    """

    def __init__(
        self,
        unconfirmed_for: Callable[[], datetime.timedelta],
        clock: time.Clock,
        limit: datetime.timedelta,
    ) -> None:
        self._unconfirmed_for = unconfirmed_for
        self._clock = clock
        self._limit = limit

    def is_there(self) -> bool:
        """Tell whether anything may be served now."""
        return self._unconfirmed_for() <= self._limit

    def require(self) -> None:
        """Refuse to serve without it.

        Asked with each request, and not only now and then: a process that was stopped for a while finds
        requests waiting, and would answer them before it has heard of anything.

        Raises:
            StoreUnavailableError: nothing may be served.
        """
        if not self.is_there():
            raise errors.StoreUnavailableError("this controller cannot reach its database")

    async def run(self, lost: Callable[[], None]) -> None:
        """Look for ever; ``lost`` is called at each look without contact, and must not wait.

        What is certain now stays certain enough until the limit, so that there is no look before it.
        """
        was_there = True
        while True:
            left = self._limit - self._unconfirmed_for()
            await waiting.pause(self._clock.after(max(left, self._limit / _LOOKS)))
            is_there = self.is_there()
            if is_there and not was_there:
                _logger.warning("the database is back, and so is everybody who is let in")
            elif was_there and not is_there:
                passed = self._unconfirmed_for().total_seconds()
                _logger.error("the database cannot be reached for %.0f s: nobody is served meanwhile", passed)
            if not is_there:
                lost()
            was_there = is_there
