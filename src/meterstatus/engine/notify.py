"""The worker that calls a handler for each event of a watch, one call at a time (spec worker, C.8).

Differs from the reference on purpose: of several errors the first is the one it ends with (B-26), and a
handler can ask to be called again at an instant, event or not. A set-up that raises keeps nothing: in
Python it cannot hand over a watcher as well, so whatever it opened it closes itself.
"""

import asyncio
import datetime
import functools
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from meterstatus import errors
from meterstatus.engine import catacomb
from meterstatus.ports import status, time, worker
from meterstatus.runtime import waiting


class NotifyHandler(Protocol):
    """What a ``NotifyWorker`` calls; never two methods at once."""

    @property
    def wake_in(self) -> datetime.timedelta | None:
        """How long until it wants to be handled again even without an event; None waits for events only.

        Zero or less is at once. Read after ``set_up``, after each ``handle``, which has to move it on, and
        whenever the timer that was armed for it fires.
        """
        ...

    async def set_up(self) -> status.NotifyWatcher:
        """Prepare, and return the watch, which the worker stops. Runs to its end even when killed."""
        ...

    async def handle(self, abort: time.Interrupt) -> None:
        """Handle one event, the first included, or the passing of ``wake_in``.

        ``abort`` is said when the worker is killed; the handler then soon returns and raises nothing.
        """
        ...

    async def tear_down(self) -> None:
        """Clean up; called exactly once, after everything else, also when ``set_up`` failed."""
        ...


class NotifyWorker:
    """A worker around one handler and its watch."""

    def __init__(self, handler: NotifyHandler, clock: time.Clock, logger: logging.Logger) -> None:
        self._handler = handler
        self._clock = clock
        self._logger = logger
        self._came = asyncio.Event()
        self._taken = asyncio.Event()
        self._catacomb = catacomb.Catacomb.start(self._work, name="notify worker")

    @classmethod
    def start(cls, handler: NotifyHandler, clock: time.Clock, logger: logging.Logger) -> "NotifyWorker":
        """Start on the running loop and return at once; what goes wrong comes out of ``wait``."""
        return cls(handler, clock, logger)

    def kill(self) -> None:
        """Ask it to stop: a running ``handle`` is told and waited for, then the watch is stopped."""
        self._catacomb.kill()

    async def wait(self) -> None:
        """Return once it has been killed and has ended, or raise the first error met.

        Raises:
            MeterStatusError: "handler returned nil watcher", or "change channel closed" when the watch
                ends by itself; else whatever the handler or the watch raised.
        """
        await self._catacomb.wait()

    def report(self) -> Mapping[str, object]:
        """Return the handler's own report, empty if it has none."""
        return dict(self._handler.report()) if isinstance(self._handler, worker.Reporter) else {}

    async def _work(self, _: catacomb.Catacomb) -> None:
        try:
            await self._step(self._watch)
        finally:
            await self._step(self._handler.tear_down)

    async def _watch(self) -> None:
        watcher = await self._handler.set_up()
        if watcher is None:  # pyright: ignore[reportUnnecessaryComparison] - not every handler is typed
            raise errors.MeterStatusError("handler returned nil watcher")
        try:
            await self._step(functools.partial(self._serve, watcher))
        finally:
            await self._step(watcher.stop)

    async def _step(self, step: Callable[[], Awaitable[None]]) -> None:
        """Run one step; the first error becomes the worker's, a later one is only logged."""
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - wait() raises it
            if self._catacomb.reason is None:
                self._catacomb.kill(error)
            else:
                self._logger.error("notify worker failed again while stopping: %s", error)

    async def _serve(self, watcher: status.NotifyWatcher) -> None:
        reading = asyncio.create_task(self._step(functools.partial(self._read, watcher)))
        # Kept from nap to nap: a unit naps each minute, and waits made anew for each are most of the cost.
        self._dying = asyncio.ensure_future(self._catacomb.dying.wait())
        self._coming = asyncio.ensure_future(self._came.wait())
        try:
            while await self._is_called():
                self._came.clear()
                self._taken.set()
                await self._handler.handle(self._catacomb.dying)
        finally:
            for task in (reading, self._dying, self._coming):
                task.cancel()
            await asyncio.gather(reading, self._dying, self._coming, return_exceptions=True)

    async def _read(self, watcher: status.NotifyWatcher) -> None:
        # Reads one event ahead and no more, so that the watch can go on merging, and so that a watch
        # that breaks is noticed while a handler runs.
        async for _ in watcher:
            self._taken.clear()
            self._came.set()
            await self._taken.wait()
        raise errors.MeterStatusError("change channel closed")

    async def _is_called(self) -> bool:
        """Wait until the handler is due; False when it never will be again."""
        while not (self._catacomb.dying.is_set() or self._came.is_set()):
            left = self._handler.wake_in
            if left is not None and left <= datetime.timedelta():
                break
            await self._nap(None if left is None else self._clock.after(left))
        return not self._catacomb.dying.is_set()

    async def _nap(self, timer: time.Timer | None) -> None:
        if self._coming.done():
            self._coming = asyncio.ensure_future(self._came.wait())
        await waiting.nap(timer, self._dying, self._coming)
