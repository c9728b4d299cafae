"""Sends a unit's delivery reports to its controller, beside the worker that makes them.

A report is for people and decides nothing, so no hook waits for one: a controller whose store takes its time
answers reports late, and the next change is told all the same. What cannot be taken now is kept, in its
order, and sent again after a pause that grows. Ends no connection: whoever confirms contact sees to that.
"""

import asyncio
import datetime
import logging

from meterstatus import errors
from meterstatus.domain import backoff
from meterstatus.domain.hook import outbox as outboxes
from meterstatus.ports import status, time
from meterstatus.runtime import waiting

FIRST_PAUSE = datetime.timedelta(seconds=5)
LONGEST_PAUSE = datetime.timedelta(minutes=5)
"""Between attempts at a report that was not taken: from the first to the second, doubling."""

_GROWTH = backoff.Growth(2.0, LONGEST_PAUSE)


def pause_after(failures: int) -> datetime.timedelta:
    """Return how long to wait before what a controller did not take is sent again; failures begin at 1."""
    return backoff.delay(FIRST_PAUSE, failures, _GROWTH, jitter=1.0)


class Reporting:
    """The sending of one outbox over one connection, at most one request at a time.

    Args:
        outbox: what waits, which outlives this: what is left goes with the next connection.
        reporter: the connection's.
        clock: counts the pauses.
        logger: the unit's.
    """

    def __init__(
        self,
        outbox: outboxes.Outbox,
        reporter: status.DeliveryReporter,
        clock: time.Clock,
        logger: logging.Logger,
    ) -> None:
        self._outbox = outbox
        self._reporter = reporter
        self._clock = clock
        self._logger = logger
        self._sending: asyncio.Task[None] | None = None
        self._is_unsupported = False

    def send(self) -> None:
        """See that what waits is sent, and return at once; what a former sending raised comes out here."""
        if self._sending is not None:
            if not self._sending.done():
                return
            ended, self._sending = self._sending, None
            ended.result()
        if self._outbox.waiting and not self._is_unsupported:
            self._sending = asyncio.create_task(self._send())

    async def stop(self) -> None:
        """Leave what was not taken in the outbox, also what is on its way; any number of times."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])

    async def _send(self) -> None:
        failures = 0
        while self._outbox.waiting and not self._is_unsupported:
            oldest = self._outbox.waiting[0]
            refused = await self._try()
            if oldest not in self._outbox.waiting:
                failures = 0
            if refused is None:
                continue
            failures += 1
            pause = pause_after(failures)
            self._logger.info(
                "a report of a delivery is sent again in %g s: %s", pause.total_seconds(), refused
            )
            await waiting.pause(self._clock.after(pause))

    async def _try(self) -> errors.MeterStatusError | None:
        """Send what waits, once; return why something is left of it, None where nothing is."""
        sent = self._outbox.waiting
        try:
            answers = await self._reporter.report_deliveries(sent)
        except errors.UnsupportedError:
            # Juju's own. Another controller may be asked with the next connection.
            self._logger.debug("the controller takes no reports of deliveries")
            self._is_unsupported = True
            return None
        except errors.MeterStatusError as error:
            # Of the request, and so of none of the reports.
            return error
        for index, refusal in enumerate(answers):
            if refusal is not None and refusal.code == backoff.AGAIN:
                self._outbox.take(sent[:index])
                return refusal
            if refusal is not None:
                self._logger.warning("the controller refuses a report of a delivery: %s", refusal)
        self._outbox.take(sent)
        return None
