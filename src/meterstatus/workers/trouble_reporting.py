"""Tells a unit's controller what keeps its hook from being told, beside the worker whom it troubles.

For people, so nothing waits for it. A trouble is told once it has lasted (``trouble.LASTING``), and its end
at once: what is over before that was none. Ends no connection: whoever confirms contact sees to that.
"""

import asyncio
import logging

from meterstatus import errors
from meterstatus.domain.hook import outbox as outboxes
from meterstatus.domain.hook import trouble as troubles
from meterstatus.ports import status, time
from meterstatus.runtime import waiting
from meterstatus.workers import reporting


class TroubleReporting:
    """What one connection's controller is told of a unit's trouble, at most one request at a time.

    Args:
        outbox: the unit's; says what troubles it now, and whether a trouble may still stand at a controller.
        reporter: the connection's.
        clock: counts the pauses.
        logger: the unit's.
    """

    def __init__(
        self,
        outbox: outboxes.Outbox,
        reporter: status.TroubleReporter,
        clock: time.Clock,
        logger: logging.Logger,
    ) -> None:
        self._outbox = outbox
        self._reporter = reporter
        self._clock = clock
        self._logger = logger
        self._said: troubles.Trouble | None = None
        self._sending: asyncio.Task[None] | None = None
        self._is_unsupported = False

    def send(self) -> None:
        """See that it is told what there is now, and return at once; raises what a former sending did."""
        if self._sending is not None:
            if not self._sending.done():
                return  # it looks again before it ends
            ended, self._sending = self._sending, None
            ended.result()
        if self._is_news(self._outbox.trouble()):
            self._sending = asyncio.create_task(self._send())

    async def stop(self) -> None:
        """Give up what is on its way; any number of times."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])

    def _is_news(self, now: troubles.Trouble | None) -> bool:
        if self._is_unsupported:
            return False
        is_left = self._said is None and self._outbox.has_told_trouble
        return is_left or troubles.is_news(self._said, now)

    async def _send(self) -> None:
        failures = 0
        while self._is_news(now := self._outbox.trouble()):
            if now is not None:
                await waiting.pause(self._clock.after(troubles.LASTING))
                now = self._outbox.trouble()
            refused = await self._try(now)
            if refused is None:
                failures = 0
                continue
            failures += 1
            pause = reporting.pause_after(failures)
            self._logger.debug(
                "why the hook was not told is said again in %g s: %s", pause.total_seconds(), refused
            )
            await waiting.pause(self._clock.after(pause))

    async def _try(self, now: troubles.Trouble | None) -> errors.MeterStatusError | None:
        """Tell it once; return why that was refused, None where nothing is left to do."""
        if not self._is_news(now):
            return None
        try:
            await self._reporter.report_trouble(now)
        except errors.UnsupportedError:
            # Juju's own, or an older one of ours. Another may be asked with the next connection.
            self._logger.debug("the controller does not ask why a hook was not told")
            self._is_unsupported = True
            return None
        except errors.MeterStatusError as error:
            return error
        self._said = now
        self._outbox.has_told_trouble = now is not None
        return None
