"""Says that this controller is there and how its clock goes, and takes out those that are not any more.

In the background: a store that fails costs a heartbeat, which the next one makes good, and no connection.
"""

import contextlib
import logging
import os
import secrets
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from meterstatus import errors
from meterstatus.controller.jobs import failure_log, store_clock
from meterstatus.domain import instants
from meterstatus.domain.fleet import presence
from meterstatus.ports import repository
from meterstatus.runtime import waiting

_logger = logging.getLogger(__name__)

OnBeat = Callable[[bool, Sequence[presence.ControllerProcess]], Awaitable[None]]
"""Told after each heartbeat whether it was the first, or the first since others took this one for gone, and
which controllers run, this one included."""


def process_name() -> str:
    """Make a name that no other controller process has or will have: where it runs, and a random end."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


class Heartbeat:
    """The heartbeat of one controller process.

    Args:
        store: where all controllers say it.
        clock: gives the beat, and is measured with each.
        name: of this process.
        addresses: where it is reached, ``host:port``.
        on_beat: told after each beat; what it raises of the store counts as the beat's failure.
        is_alone: whether the store is this process's alone, so that every other one has died.
    """

    def __init__(
        self,
        store: repository.Repository,
        clock: store_clock.StoreClock,
        name: str,
        addresses: Sequence[str],
        on_beat: OnBeat | None = None,
        *,
        is_alone: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._name = name
        self._addresses = addresses
        self._on_beat = on_beat
        self._is_alone = is_alone
        self._watch = presence.Watch()
        self._trouble = failure_log.FailureLog(
            _logger,
            "no heartbeat, and who is connected is not up to date",
            "the heartbeat is back, and who is connected is up to date",
        )

    async def beat(self) -> None:
        """Say once that this controller is there, and take out those that are gone; a store may fail."""
        try:
            await self._beat()
        except errors.StoreError as error:
            self._trouble.met(error)
        else:
            self._trouble.is_over()

    async def _beat(self) -> None:
        await self._clock.measure()
        now, ahead = self._clock.now(), self._clock.ahead
        is_new = await self._store.report_controller(self._name, self._addresses, now, ahead)
        found = await self._store.controllers()
        others = [process for process in found if process.name != self._name]
        gone = others if self._is_alone else self._watch.look(others)
        for process in gone:
            _logger.warning(
                "controller %s is gone, last seen %s", process.name, instants.in_seconds(process.seen_at)
            )
            await self._store.forget_controller(process.name)
        if self._on_beat is not None:
            await self._on_beat(is_new, [process for process in found if process not in gone])

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Beat for as long as the context lasts, from its beginning; then take this controller out."""
        await self.beat()
        try:
            async with waiting.beside(self._run(), _logger, "that this controller runs is not said any more"):
                yield
        finally:
            # No beat is under way any more, which would put back what is taken out.
            with contextlib.suppress(errors.StoreError):
                await self._store.forget_controller(self._name)

    async def _run(self) -> None:
        while True:
            await waiting.pause(self._clock.after(presence.HEARTBEAT))
            await self.beat()
