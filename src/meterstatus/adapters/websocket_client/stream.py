"""WebSocket messages over one asyncio transport, with wsproto.

Knows nothing of what the messages say, and sets no limit of time but what the transport has.
"""

import asyncio
import logging
from collections.abc import Callable

import wsproto
from wsproto import connection as ws_connection
from wsproto import events as ws_events
from wsproto import frame_protocol
from wsproto import utilities as ws_utilities

_MAX_REFUSAL_BYTES = 200
"""How much of the text of an HTTP refusal goes into an error."""

_logger = logging.getLogger(__name__)


class Stream(asyncio.Protocol):
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
        """Take the transport, once TLS is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake whoever waits, and tell of the end."""
        self._closing = True
        self._fail_handshake(exc or ConnectionResetError())
        self.writable.set()
        self.ended.set()
        self._on_end()

    def pause_writing(self) -> None:
        """Hold new calls back: the peer reads too slowly."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """Let calls go on, and answer the latest ping."""
        self.writable.set()
        if self._owed_pong is not None:
            self._write(self._owed_pong.response())
            self._owed_pong = None

    def eof_received(self) -> None:
        """Let the transport close itself; a refusal may be whole only now."""
        # A refusal that says no length ends where the connection does.
        if self._refusal_status and not self._opened.done():
            self._feed(None)

    def data_received(self, data: bytes) -> None:
        """Take bytes and deliver the messages that they complete."""
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
