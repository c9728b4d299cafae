"""NotifyWatcher: one watcher of the controller's, of whatever facade (spec juju-api, 5)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

from meterstatus import errors
from meterstatus.adapters.client import call
from meterstatus.ports import connection as connections
from meterstatus.protocol import wire
from meterstatus.protocol.facades import notify_watcher

_logger = logging.getLogger(__name__)

STOP_SECONDS = 5.0
"""For the answer to the end of a watch: whoever ends it waits, and a status may be due meanwhile."""

_WATCH_IS_OVER = ("stopped", errors.NotFoundError.code)


class FacadeNotifyWatcher:
    """One watcher of the controller's; ``NotifyWatcher`` of ``ports.status``.

    Keeps exactly one Next in flight, the first from the start on, so that no change between a read and the
    next wait is missed (spec juju-api, 5.2).

    Args:
        hear: given what each event says, before the event is there for the consumer.
    """

    def __init__(
        self,
        connection: connections.APIConnection,
        watcher_id: str,
        hear: Callable[[notify_watcher.NextResult], None],
    ) -> None:
        self._hear = hear
        self._connection = connection
        self._id = watcher_id
        self._event = asyncio.Event()
        # The Watch call itself consumed the first event (spec juju-api, 4.4).
        self._event.set()
        self._failure: errors.MeterStatusError | None = None
        self._stopping = False
        self._asking = asyncio.create_task(self._ask(), name=f"watcher {watcher_id}")

    async def _ask(self) -> None:
        try:
            while True:
                params = notify_watcher.NextParams(tell_status=True)
                event = await call.ask(
                    self._connection, notify_watcher.NEXT, params, object_id=self._id, timeout_seconds=None
                )
                self._hear(event)
                self._event.set()
        except errors.MeterStatusError as error:
            if not (self._stopping and error.code in _WATCH_IS_OVER):
                self._failure = error
            self._event.set()

    def __aiter__(self) -> AsyncIterator[None]:
        """Return the stream."""
        return self

    async def __anext__(self) -> None:
        """Return at the next event.

        Raises:
            StopAsyncIteration: ``stop`` was called.
            RequestError, TransportError: the watch broke; so does every later wait.
        """
        await self._event.wait()
        if self._failure is not None:
            raise self._failure
        if self._stopping:
            raise StopAsyncIteration
        self._event.clear()

    async def stop(self) -> None:
        """End the watch, here in any case and on the controller if it can be reached; any number of times."""
        if self._stopping:
            return
        self._stopping = True
        try:
            if not self._asking.done():
                await call.ask(
                    self._connection,
                    notify_watcher.STOP,
                    wire.Empty(),
                    object_id=self._id,
                    timeout_seconds=STOP_SECONDS,
                )
        except errors.TransportError:
            pass  # the watcher ends with the connection, whose end is told
        except errors.MeterStatusError as error:
            if error.code not in _WATCH_IS_OVER:
                _logger.warning("watcher %s was not stopped: %s", self._id, error)
        finally:
            self._asking.cancel()
            self._event.set()
        await asyncio.wait({self._asking})
