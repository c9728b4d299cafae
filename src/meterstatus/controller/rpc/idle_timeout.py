"""Ends connections that have gone silent (spec juju-api, 3).

One timer for all of them, in steps: ten thousand timers of their own would each be set again every minute.
Counting steps, and not the wall clock, because a wall clock set forward would drop the whole fleet at once.
"""

import collections
import datetime
import logging
from collections.abc import Callable

from meterstatus.ports import time
from meterstatus.runtime import waiting

_STEPS = 36
"""Steps in one limit: with three minutes, a silent connection ends within five seconds after them."""

_logger = logging.getLogger(__name__)


class Lease:
    """One connection's right to be there, which runs out unless it is renewed."""

    __slots__ = ("_silences", "on_silent", "step")

    def __init__(self, silences: "IdleTimeouts", on_silent: Callable[[], None], step: int) -> None:
        self._silences = silences
        self.on_silent = on_silent
        self.step = step

    def renew(self) -> None:
        """Begin the limit anew; nothing once the lease has ended."""
        self._silences.renew(self)

    def end(self) -> None:
        """Give it up: it never runs out any more. Any number of times."""
        self._silences.end(self)


class IdleTimeouts:
    """Every lease, the one renewed longest ago first.

    Args:
        clock: gives the steps.
        limit: the silence allowed; a lease runs out between ``limit`` and ``limit`` and a 36th.
    """

    def __init__(self, clock: time.Clock, limit: datetime.timedelta) -> None:
        self._clock = clock
        self._step = limit / _STEPS
        self._now = 0
        self._leases: collections.OrderedDict[Lease, None] = collections.OrderedDict()

    def begin(self, on_silent: Callable[[], None]) -> Lease:
        """Start a lease; ``on_silent`` is called once if it runs out, and must not wait."""
        lease = Lease(self, on_silent, self._now)
        self._leases[lease] = None
        return lease

    def renew(self, lease: Lease) -> None:
        """Move a lease to the end; nothing if it has ended."""
        if lease in self._leases:
            lease.step = self._now
            self._leases.move_to_end(lease)

    def end(self, lease: Lease) -> None:
        """Remove a lease."""
        self._leases.pop(lease, None)

    async def run(self) -> None:
        """Count steps for ever and end what has run out."""
        while True:
            await waiting.pause(self._clock.after(self._step))
            self._now += 1
            self._expire()

    def _expire(self) -> None:
        # A lease begun or renewed late in a step has seen only a part of it, hence one step more.
        while self._leases:
            lease = next(iter(self._leases))
            if self._now - lease.step <= _STEPS:
                return
            del self._leases[lease]
            try:
                lease.on_silent()
            except Exception:
                # One connection that cannot be ended must not keep the others alive.
                _logger.exception("ending a silent connection failed")
