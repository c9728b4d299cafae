"""The worker that tells a controller of a unit: what became of its hooks, and what keeps one from being told.

One for each connection, beside the status workers and whatever they are at: a hook that was begun for another
controller, or without any, holds up the status worker of this one until it has ended, and somebody has to say
so meanwhile (invariant 12). For people: nothing waits for it and nothing is decided by it.
"""

import asyncio
import logging
from typing import Protocol, Self

from meterstatus.domain.hook import outbox as outboxes
from meterstatus.engine import catacomb
from meterstatus.ports import status, time
from meterstatus.workers import reporting, trouble_reporting


class Reporter(status.DeliveryReporter, status.TroubleReporter, Protocol):
    """Where a unit's reports go."""


class ReportsWorker:
    """A worker that sends what is in a unit's outbox over one connection, until it is killed."""

    def __init__(
        self, outbox: outboxes.Outbox, reporter: Reporter, clock: time.Clock, logger: logging.Logger
    ) -> None:
        self._outbox = outbox
        self._deliveries = reporting.Reporting(outbox, reporter, clock, logger)
        self._troubles = trouble_reporting.TroubleReporting(outbox, reporter, clock, logger)
        self._scope = catacomb.Catacomb.start(self._work, name="reports")

    @classmethod
    def start(
        cls, outbox: outboxes.Outbox, reporter: Reporter, clock: time.Clock, logger: logging.Logger
    ) -> Self:
        """Start it on the running loop, and return it.

        Args:
            outbox: the unit's, which outlives this.
            reporter: the connection's.
            clock: counts the pauses.
            logger: the unit's.
        """
        return cls(outbox, reporter, clock, logger)

    def kill(self) -> None:
        """Ask it to stop; what is on its way is left in the outbox."""
        self._scope.kill()

    async def wait(self) -> None:
        """Return once it has stopped, or raise what of a sender's is no error of the wire."""
        await self._scope.wait()

    async def _work(self, scope: catacomb.Catacomb) -> None:
        self._outbox.follow(self._send)
        try:
            self._send()
            await scope.dying.wait()
        finally:
            self._outbox.follow(None)
            await asyncio.gather(self._deliveries.stop(), self._troubles.stop())

    def _send(self) -> None:
        """Have both look for news; a defect of one ends this worker, and not whoever has the news."""
        try:
            self._deliveries.send()
            self._troubles.send()
        except Exception as error:  # noqa: BLE001 - wait() raises it
            self._scope.kill(error)
