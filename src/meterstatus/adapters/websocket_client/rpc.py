"""Calls and answers over one stream of WebSocket messages; ``APIConnection`` of ``ports.connection``.

Retries nothing and dials nothing.
"""

import asyncio
import logging
from typing import Any

from wsproto import events as ws_events
from wsproto import frame_protocol

from meterstatus import errors
from meterstatus.adapters.websocket_client import stream as streams
from meterstatus.protocol import messages, session

_logger = logging.getLogger(__name__)


class WebSocketConnection:
    """One RPC connection; ``APIConnection`` of ``ports.connection``. ``WebSocketDialer`` makes it."""

    def __init__(self, max_message_bytes: int) -> None:
        self._session: session.ClientSession[asyncio.Future[messages.Response]] = session.ClientSession(
            max_message_bytes
        )
        self.stream = streams.Stream(max_message_bytes, self._received, self._end)

    async def call(
        self,
        facade: str,
        version: int,
        request: str,
        params: Any = None,
        *,
        object_id: str = "",
        timeout_seconds: float | None = 30.0,
    ) -> Any:
        """Call a method and return its response; see ``ports.connection.APIConnection``."""
        loop = asyncio.get_running_loop()
        deadline = None if timeout_seconds is None else loop.time() + timeout_seconds
        try:
            # Again after each wait: the event wakes every call, and the first ones may fill the buffer.
            while not self.stream.writable.is_set():
                async with asyncio.timeout_at(deadline):
                    await self.stream.writable.wait()
            waiting: asyncio.Future[messages.Response] = loop.create_future()
            request_id, message = self._session.call(waiting, facade, version, request, params, object_id)
            # Not ``asyncio.timeout``, which costs as much as the rest of a call: a unit calls twice a minute.
            limit = None if deadline is None else loop.call_at(deadline, _expire, waiting)
            try:
                self.stream.send(message)
                response = await waiting
            finally:
                if limit is not None:
                    limit.cancel()
                self._session.forget(request_id)
        except TimeoutError as error:
            raise errors.RequestTimeoutError(
                f"{facade}.{request} was not answered within {timeout_seconds:g} s"
            ) from error
        return messages.unwrap(response)

    def _received(self, message: bytes) -> None:
        try:
            answered = self._session.receive(message)
        except errors.RemoteProtocolError as error:
            _logger.warning("closing a connection: %s", error)
            self.stream.begin_close(ws_events.CloseConnection(frame_protocol.CloseReason.PROTOCOL_ERROR))
            self._end()
            return
        if answered is not None:
            waiting, response = answered
            if not waiting.done():
                waiting.set_result(response)

    def _end(self) -> None:
        for waiting in self._session.close():
            if not waiting.done():
                waiting.set_exception(errors.ConnectionLostError())

    async def wait_closed(self) -> None:
        """Return when the connection has ended, whoever ended it."""
        await self.stream.ended.wait()

    async def close(self) -> None:
        """End the connection with a close frame; returns when it has ended, in ``CLOSE_SECONDS`` at most."""
        self._end()
        self.stream.begin_close(ws_events.CloseConnection(frame_protocol.CloseReason.NORMAL_CLOSURE))
        try:
            # The transport's own limit on its farewell bounds this wait.
            await self.stream.ended.wait()
        finally:
            self.stream.abort()


def _expire(waiting: asyncio.Future[messages.Response]) -> None:
    if not waiting.done():
        waiting.set_exception(TimeoutError())
