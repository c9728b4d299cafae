"""Follows what agents report to the other controllers on one database.

A report is no change and has no revision, so the tail of changes does not tell it. Every two seconds what
came since is read, by number and in parts; while nothing comes that is one row. Not to be run where a store
has one controller alone. A store that fails costs freshness, no more.
"""

import contextlib
import datetime
import logging
from collections.abc import AsyncGenerator

from meterstatus import errors
from meterstatus.controller.fleet import fleet
from meterstatus.ports import repository, time
from meterstatus.runtime import waiting

PERIOD = datetime.timedelta(seconds=2)
"""How often what came is read: a person who looks has just seen the hook run."""

PART = 500
"""Reports in one read; a part is followed by the next at once."""

_logger = logging.getLogger(__name__)


class ReportsTail:
    """Reads reports of all controllers, this one's too, into what this one knows.

    Args:
        of: the fleet, which has loaded what was there.
        store: what all controllers write to.
        clock: for the period.
    """

    def __init__(self, of: fleet.Fleet, store: repository.Repository, clock: time.Clock) -> None:
        self._of = of
        self._store = store
        self._clock = clock

    async def read(self) -> None:
        """Take what came since the last time.

        Raises:
            StoreError: it is read the next time.
        """
        known, store = self._of.hook_reports, self._store
        while True:
            seen = known.up_to
            came = await store.reports_after(seen, PART)
            if came.up_to < seen:
                # The database was led back: what is shown may be of reports that are not there.
                known.load(await store.newest_deliveries(), self._of.units)
                return
            if any(received.unit not in self._of.units for received in came.reports):
                # Of a unit that was added after the last look at the changes, or is gone by now.
                await store.catch_up()
            known.follow(came, self._of.units)
            if len(came.reports) < PART:
                return

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Read for as long as the context lasts."""
        words = "what agents report to other controllers is not read any more"
        async with waiting.beside(self._run(), _logger, words):
            yield

    async def _run(self) -> None:
        while True:
            await waiting.pause(self._clock.after(PERIOD))
            # Whoever writes to the same store says in the log that it fails.
            with contextlib.suppress(errors.StoreError):
                await self.read()
