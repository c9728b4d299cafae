"""A unit's wait for the machine lock, for ``workers.driver``: says who is in the way when it takes long.

Whoever may open the lock's file may hold it, and a hook of another unit may take its time: what is due is
then told late, and somebody has to know why. Decides nothing.
"""

import asyncio
import datetime
import logging
from collections.abc import Callable

from meterstatus.domain.unit import delivery, offline_clock, state, unit_report
from meterstatus.ports import hooks, time
from meterstatus.runtime import waiting

LONG = datetime.timedelta(seconds=5)
"""How long a wait may take before it is said who holds the lock; most hooks have ended by then."""

AGAIN = datetime.timedelta(minutes=1)
"""How soon the same is said again."""


class LockWait:
    """The waits of one unit, one after the other.

    Args:
        runner: says who holds the lock, where it can.
        clock: the unit's.
        logger: the unit's.
        memory: returns the unit's memory, which says what is to be told.
        says: called each time that it is said, with who holds the lock by then.
    """

    def __init__(
        self,
        runner: hooks.HookRunner,
        clock: time.InstantClock,
        logger: logging.Logger,
        memory: Callable[[], state.State],
        says: Callable[[], None],
    ) -> None:
        self._looker = runner if isinstance(runner, hooks.LockLooker) else None
        self._clock = clock
        self._logger = logger
        self._memory = memory
        self._says = says
        self._since = offline_clock.NOTHING
        self._watching: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Note that the lock is not free, and watch the wait for it."""
        self._since = self._clock.instant_now().boot
        self._watching = asyncio.create_task(self._watch(), name="lock wait")

    def end(self) -> None:
        """Note that the lock is held or was given up; any number of times."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def now(self) -> unit_report.LockWait | None:
        """Return the wait that goes on; None where there is none."""
        if self._watching is None:
            return None
        holder = "" if self._looker is None else self._looker.lock_holder()
        return unit_report.LockWait(self._clock.instant_now().boot - self._since, holder)

    async def _watch(self) -> None:
        said, said_at = "", offline_clock.NOTHING
        while True:
            await waiting.pause(self._clock.after(LONG))
            level, late = self._late()
            now = self._clock.instant_now().boot
            if late != said or now - said_at >= AGAIN:
                said, said_at = late, now
                self._say(level, late)

    def _late(self) -> tuple[int, str]:
        """Say what waits, and how bad that is: a stage has its time, the controller's word has none."""
        memory, now = self._memory(), self._clock.instant_now()
        wanted = delivery.target(memory, now)
        if wanted is None:
            return logging.WARNING, "a warning is not given yet"
        if memory.disconnected is not None and wanted != delivery.controllers_word(memory):
            return logging.ERROR, f"{wanted.code} is overdue"
        return logging.WARNING, f"{wanted.code} is not told yet"

    def _say(self, level: int, late: str) -> None:
        wait = self.now()
        if wait is not None:
            self._logger.log(level, "%s: %s", late, wait.words)
            self._says()
