"""Ends statuses that were set for a time, when that is over.

One timer for the next end; which one it is, and whether it still counts, is the store's to say. Every
controller on a database does this, and none needs to know who was first. What fell due while none ran ends at
a start.
"""

import contextlib
import datetime
import logging
from collections.abc import AsyncGenerator

from meterstatus import errors
from meterstatus.controller.fleet import next_expiry
from meterstatus.controller.jobs import failure_log
from meterstatus.ports import repository, time
from meterstatus.runtime import waiting

LONGEST_WAIT = datetime.timedelta(minutes=1)
"""An end is an instant of the wall clock, and a timer does not know that this was set."""

AGAIN = datetime.timedelta(seconds=1)
"""After a failure of the store."""

_logger = logging.getLogger(__name__)


class Expiry:
    """Waits for ends.

    Args:
        store: what they are in.
        upcoming: what is known of the next one.
        clock: the controller's.
    """

    def __init__(
        self, store: repository.Repository, upcoming: next_expiry.NextExpiry, clock: time.Clock
    ) -> None:
        self._store = store
        self._upcoming = upcoming
        self._clock = clock
        self._trouble = failure_log.FailureLog(
            _logger,
            "statuses that were set for a time do not end",
            "statuses that were set for a time end again",
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """End what is over for as long as the context lasts."""
        async with waiting.beside(self.run(), _logger, "what is set for a time does not end any more"):
            yield

    async def run(self) -> None:
        """End what is over, for ever; a store that fails is tried again."""
        while True:
            try:
                await self.end_due()
            except errors.StoreError as error:
                self._trouble.met(error)
                await waiting.pause(self._clock.after(AGAIN))
                continue
            self._trouble.is_over()
            await self._wait()

    async def end_due(self) -> None:
        """End what one call has set and is over by now; raises as the store."""
        self._upcoming.look()
        following = await self._store.end_due(self._clock.now())
        if following is not None:
            self._upcoming.note(following)

    async def _wait(self) -> None:
        """Return when the next end has come by the wall clock."""
        while (rest := self._rest()) is None or rest > datetime.timedelta(0):
            self._upcoming.is_sooner.clear()
            if rest is None:
                await self._upcoming.is_sooner.wait()
            else:
                timer = self._clock.after(min(rest, LONGEST_WAIT))
                try:
                    await waiting.wait_any(self._upcoming.is_sooner.wait(), timer)
                finally:
                    timer.cancel()

    def _rest(self) -> datetime.timedelta | None:
        return None if self._upcoming.at is None else self._upcoming.at - self._clock.now()
