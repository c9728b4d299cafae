"""Writes who is connected, and reads what other controllers and former processes wrote of it.

In the background, every few seconds in one transaction, and a unit at most once in it however often it came
and went: while nobody comes or goes, nothing is written. A store that fails costs freshness, no more.
"""

import contextlib
import datetime
import logging
from collections.abc import AsyncGenerator, Sequence

from meterstatus import errors
from meterstatus.controller.fleet import presence
from meterstatus.controller.jobs import failure_log
from meterstatus.domain.fleet import presence as presences
from meterstatus.ports import repository, time
from meterstatus.runtime import waiting

PERIOD = datetime.timedelta(seconds=5)
"""How often what changed is written."""

MOST_AT_ONCE = 1000
"""Units in one transaction: ten thousand would hold up a status that is set meanwhile."""

_logger = logging.getLogger(__name__)


class PresenceStore:
    """Joins what this process knows and what is stored.

    Args:
        known: what this process knows.
        store: what is shared.
        clock: for the period.
    """

    def __init__(self, known: presence.Presence, store: repository.Repository, clock: time.Clock) -> None:
        self._known = known
        self._store = store
        self._clock = clock
        self._others: frozenset[str] | None = None
        self._trouble = failure_log.FailureLog(
            _logger, "who is connected is not written", "who is connected is written again"
        )

    async def on_beat(self, is_new: bool, running: Sequence[presences.ControllerProcess]) -> None:
        """Follow a heartbeat: read what others wrote where there are, or just were, any.

        Args:
            is_new: whether this process was not known to the others.
            running: the controllers that are there.

        Raises:
            StoreError: it is read with the next beat.
        """
        if is_new:
            self._known.write_again()
        names = frozenset(process.name for process in running) - {self._known.controller}
        if names or self._others != names:
            self._known.learn_from_others(await self._store.presence(), names)
        self._others = names

    async def flush(self) -> None:
        """Write what changed; a store that fails keeps it for the next time."""
        while contacts := self._known.take(MOST_AT_ONCE):
            try:
                await self._store.record_presence(self._known.controller, contacts)
            except errors.StoreError as error:
                self._known.give_back(contacts)
                self._trouble.met(error)
                return
            except BaseException:
                self._known.give_back(contacts)
                raise
            self._trouble.is_over()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Write for as long as the context lasts, and what is left at its end."""
        try:
            async with waiting.beside(self._run(), _logger, "who is connected is not written any more"):
                yield
        finally:
            await self.flush()

    async def _run(self) -> None:
        while True:
            await waiting.pause(self._clock.after(PERIOD))
            await self.flush()
