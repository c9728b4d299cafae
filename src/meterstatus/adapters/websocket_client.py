"""RPC connections over TLS and WebSocket, for the agent and the commands (spec juju-api, 1.2 to 1.5).

On wsproto and the stock asyncio transport, because an agent pays for every library with resident memory on
every unit. Retries nothing, and knows nothing of logins: who dials decides.
"""

import asyncio
import functools
import logging
import os
import ssl
from collections.abc import Callable
from typing import Any

import wsproto
from wsproto import connection as ws_connection
from wsproto import events as ws_events
from wsproto import frame_protocol
from wsproto import utilities as ws_utilities

from meterstatus import errors
from meterstatus.ports import connection
from meterstatus.protocol import messages, session

SERVER_NAME = "juju-apiserver"
"""What every controller's certificate proves, whatever address was dialled (spec juju-api, 1.2)."""

HANDSHAKE_SECONDS = 45.0
"""From the first packet to the WebSocket, at most; the reference's limit (spec juju-api, 9.2)."""

CLOSE_SECONDS = 2.0
"""The wait for a peer to take our close frame. It loses nothing by missing it, so this is short."""

_HAPPY_EYEBALLS_SECONDS = 0.25
"""The start given to each address of a name before the next is tried too (RFC 8305, 5)."""

_MAX_REFUSAL_BYTES = 200
"""How much of the text of an HTTP refusal goes into an error."""

_logger = logging.getLogger(__name__)


class WebSocketDialer:
    """Makes connections; ``Dialer`` of ``ports.connection``."""

    def __init__(
        self,
        *,
        max_message_bytes: int = messages.MAX_RESPONSE_BYTES,
        handshake_seconds: float = HANDSHAKE_SECONDS,
    ) -> None:
        self._max_message_bytes = max_message_bytes
        self._handshake_seconds = handshake_seconds

    async def dial(self, endpoint: connection.Endpoint) -> "WebSocketConnection":
        """Connect, finish both handshakes and return the connection; see ``ports.connection.Dialer``.

        Raises:
            ConnectFailedError: no connection was made, within the handshake's seconds at most.
        """
        try:
            async with asyncio.timeout(self._handshake_seconds):
                return await self._dial(endpoint)
        except (OSError, ValueError, ws_utilities.ProtocolError) as error:
            raise errors.ConnectFailedError(
                f"cannot connect to {endpoint.address}: {_explain(error)}"
            ) from error

    async def _dial(self, endpoint: connection.Endpoint) -> "WebSocketConnection":
        host, port = _host_and_port(endpoint.address)
        made = WebSocketConnection(self._max_message_bytes)
        # asyncio switches Nagle's algorithm off by itself.
        await asyncio.get_running_loop().create_connection(
            lambda: made.stream,
            host,
            port,
            ssl=_trust(endpoint.ca_certificate),
            server_hostname=SERVER_NAME,
            ssl_handshake_timeout=self._handshake_seconds,
            ssl_shutdown_timeout=CLOSE_SECONDS,
            happy_eyeballs_delay=_HAPPY_EYEBALLS_SECONDS,
        )
        try:
            await made.stream.shake_hands(endpoint.address, _target(endpoint.path))
        except BaseException:
            made.stream.abort()
            raise
        return made


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise ValueError("the address is not host:port")
    return host, int(port)


def _target(path: str) -> str:
    if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path:
        raise ValueError(f'the path "{path}" is not a path')
    return path


@functools.lru_cache(maxsize=8)
def _trust(ca_certificate: str) -> ssl.SSLContext:
    """Make, once for each CA, the context that trusts it alone.

    Not ``ssl.create_default_context``: from Python 3.13 it also demands of a CA what those that Juju
    made years ago need not fulfil.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=ca_certificate)
    except (ssl.SSLError, ValueError, TypeError) as error:
        raise ValueError("the CA certificate to trust cannot be read") from error
    return context


def _explain(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, OSError):
        # asyncio puts the address, which the sentence has already, in place of the system's text. What has
        # no positive number is no error of the system's: a name that cannot be resolved, or our own.
        told = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror
        return told or str(error) or "the connection was closed during the handshake"
    if isinstance(error, ws_utilities.ProtocolError):
        return f"it does not speak WebSocket: {error}"
    return str(error)


class _Stream(asyncio.Protocol):
    """WebSocket messages over one transport: joined, bounded, answered where the protocol wants an answer."""

    def __init__(self, max_bytes: int, received: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._max_bytes = max_bytes
        self._received = received
        self._on_end = ended
        self._ws = wsproto.WSConnection(ws_connection.ConnectionType.CLIENT)
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._message = bytearray()
        self._refusal_status = 0
        self._owed_pong: ws_events.Ping | None = None
        self._closing = False
        self.writable = asyncio.Event()
        self.writable.set()
        self.ended = asyncio.Event()

    async def shake_hands(self, host: str, path: str) -> None:
        """Ask for the WebSocket and return when it is there.

        Raises:
            OSError, ws_utilities.ProtocolError, ValueError: it is refused, or no WebSocket.
        """
        self._write(ws_events.Request(host=host, target=path))
        await self._opened

    def send(self, message: bytes) -> None:
        """Queue one text message; after the end it does nothing."""
        self._write(ws_events.TextMessage(data=message.decode()))

    def begin_close(self, event: ws_events.CloseConnection) -> None:
        """Send a close frame, and end once all is sent; any number of times."""
        if self._closing:
            return
        self._write(event)
        self._closing = True
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End at once; any number of times."""
        self._closing = True
        if self._transport is not None:
            self._transport.abort()

    def _write(self, event: ws_events.Event) -> None:
        if self._transport is not None and not self._closing:
            self._transport.write(self._ws.send(event))

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self._fail_handshake(exc or ConnectionResetError())
        self.writable.set()
        self.ended.set()
        self._on_end()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()
        if self._owed_pong is not None:
            self._write(self._owed_pong.response())
            self._owed_pong = None

    def eof_received(self) -> None:
        # A refusal that says no length ends where the connection does.
        if self._refusal_status and not self._opened.done():
            self._feed(None)

    def data_received(self, data: bytes) -> None:
        self._feed(data)

    # What arrives.

    def _feed(self, data: bytes | None) -> None:
        if self._closing:
            return
        try:
            self._ws.receive_data(data)
            for event in self._ws.events():
                self._on_event(event)
                if self._closing:
                    break
        # ValueError: an HTTP header that is no ASCII, which wsproto does not expect.
        except (ws_utilities.RemoteProtocolError, ValueError) as error:
            self._fail_handshake(error)
            self.abort()

    def _fail_handshake(self, error: Exception) -> None:
        if not self._opened.done():
            self._opened.set_exception(error)
            self._opened.exception()  # seen: where the dial was cancelled, nobody else looks

    def _on_event(self, event: ws_events.Event) -> None:
        match event:
            case ws_events.TextMessage() | ws_events.BytesMessage():
                self._on_part(event.data, last=event.message_finished)
            case ws_events.Ping():
                self._on_ping(event)
            case ws_events.CloseConnection():
                # The peer's close, or what wsproto makes of a frame that breaks the protocol.
                self.begin_close(event.response())
            case ws_events.AcceptConnection():
                if not self._opened.done():
                    self._opened.set_result(None)
            case ws_events.RejectConnection():
                self._refusal_status = event.status_code
            case ws_events.RejectData():
                self._on_refusal(event)
            case _:
                pass

    def _on_part(self, part: str | bytes | bytearray, *, last: bool) -> None:
        self._message += part.encode() if isinstance(part, str) else part
        if len(self._message) > self._max_bytes:
            _logger.warning("closing a connection: a message is over the limit of %d bytes", self._max_bytes)
            self.begin_close(ws_events.CloseConnection(frame_protocol.CloseReason.MESSAGE_TOO_BIG))
        elif last:
            message, self._message = bytes(self._message), bytearray()
            self._received(message)

    def _on_ping(self, ping: ws_events.Ping) -> None:
        # A peer that sends pings and reads nothing must not fill our memory with pongs; the protocol asks
        # for an answer to the latest only (RFC 6455, 5.5.3).
        if self.writable.is_set():
            self._write(ping.response())
        else:
            self._owed_pong = ping

    def _on_refusal(self, event: ws_events.RejectData) -> None:
        self._message += event.data[:_MAX_REFUSAL_BYTES]
        if event.body_finished or len(self._message) >= _MAX_REFUSAL_BYTES:
            text = " ".join(self._message[:_MAX_REFUSAL_BYTES].decode(errors="replace").split())
            answered = f"it answered HTTP {self._refusal_status}"
            self._fail_handshake(ConnectionError(f"{answered}: {text}" if text else answered))
            self.abort()


class WebSocketConnection:
    """One RPC connection; ``APIConnection`` of ``ports.connection``. ``WebSocketDialer`` makes it."""

    def __init__(self, max_message_bytes: int) -> None:
        self._session: session.ClientSession[asyncio.Future[messages.Response]] = session.ClientSession(
            max_message_bytes
        )
        self.stream = _Stream(max_message_bytes, self._received, self._end)

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
        try:
            async with asyncio.timeout(timeout_seconds):
                response = await self._call(facade, version, request, params, object_id)
        except TimeoutError as error:
            raise errors.RequestTimeoutError(
                f"{facade}.{request} was not answered within {timeout_seconds:g} s"
            ) from error
        return messages.unwrap(response)

    async def _call(
        self, facade: str, version: int, request: str, params: Any, object_id: str
    ) -> messages.Response:
        # Again after each wait: the event wakes every call at once, and the first ones may fill the buffer.
        while not self.stream.writable.is_set():
            await self.stream.writable.wait()
        waiting: asyncio.Future[messages.Response] = asyncio.get_running_loop().create_future()
        request_id, message = self._session.call(waiting, facade, version, request, params, object_id)
        try:
            self.stream.send(message)
            return await waiting
        finally:
            self._session.forget(request_id)

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
