"""Removes old history and reports in the background, in batches that nobody has to wait for."""

import datetime
import logging

from meterstatus import errors
from meterstatus.controller.jobs import failure_log
from meterstatus.domain.fleet import retention
from meterstatus.ports import repository, time
from meterstatus.runtime import waiting

FIRST = datetime.timedelta(minutes=5)
"""After the start, when a fleet that came back has logged in."""

PERIOD = datetime.timedelta(hours=1)

BATCH = 1000
"""Of each kind in one transaction: milliseconds, in which no status can be set."""

PAUSE = datetime.timedelta(milliseconds=200)
"""Between two batches: whoever waits to write comes first."""

_logger = logging.getLogger(__name__)


class Pruner:
    """Looks every hour for what may go.

    Args:
        store: what it is removed from.
        clock: measures the waits, and says how old a change is.
        keep: the rule.
    """

    def __init__(self, store: repository.Repository, clock: time.Clock, keep: retention.Retention) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep
        self._trouble = failure_log.FailureLog(
            _logger,
            "old history is not removed, which is tried again every hour",
            "old history is removed again",
        )

    async def run(self) -> None:
        """Prune for ever; a store that fails is tried again an hour later."""
        wait = FIRST
        while True:
            await waiting.pause(self._clock.after(wait))
            wait = PERIOD
            try:
                await self.prune()
            except errors.StoreError as error:
                self._trouble.met(error)
            else:
                self._trouble.is_over()

    async def prune(self) -> None:
        """Remove all that may go now, batch by batch, and log how much that was.

        Raises:
            StoreError: the store failed; what was removed until then is.
        """
        changes = reports = 0
        while batch := await self._store.prune(self._keep, self._clock.now(), BATCH):
            changes, reports = changes + batch.changes, reports + batch.reports
            await waiting.pause(self._clock.after(PAUSE))
        if changes or reports:
            _logger.info("removed %d changes and %d reports that were kept long enough", changes, reports)
