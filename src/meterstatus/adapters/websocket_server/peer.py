"""One connection: picows' listener and the conversation's ``Peer`` in one object.

Asks what a request gets, joins fragments, bounds what waits unsent, and ends the connection. Never listens.
"""

import asyncio
import dataclasses
import http
import logging
from typing import Any

import picows

from meterstatus.ports import transport

CLOSE_SECONDS = 5.0
"""From a close until the end is forced; a peer that reads nothing would keep the connection for ever."""

_TEXT = picows.WSMsgType.TEXT
_PARTS = (picows.WSMsgType.TEXT, picows.WSMsgType.BINARY, picows.WSMsgType.CONTINUATION)
_PING = picows.WSMsgType.PING
_CLOSE = picows.WSMsgType.CLOSE

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """What all connections of a server share."""

    accept: transport.Accept
    max_message_bytes: int
    max_unsent_bytes: int
    handshake_seconds: float
    peers: "set[Peer]" = dataclasses.field(default_factory=lambda: set[Peer]())
    """Those whose conversation has begun and not ended."""


class Peer(picows.WSListener):
    """A listener to picows, and a ``Peer`` to the conversation; ``begin_handshake`` gives it its protocol."""

    __slots__ = (
        "_closing",
        "_conversation",
        "_ended",
        "_fragments",
        "_protocol",
        "_site",
        "_timer",
    )

    def __init__(self, site: Site) -> None:
        self._site = site
        self._protocol: Any = None
        self._conversation: transport.Conversation | None = None
        self._fragments: bytearray | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ended: asyncio.Event | None = None
        self._closing = False

    @property
    def _transport(self) -> picows.WSTransport | None:
        return None if self._protocol is None else self._protocol.transport

    # The handshake.

    def begin_handshake(self, protocol: Any) -> None:
        """Give the client the time for TLS and for a request."""
        self._protocol = protocol
        self._timer = asyncio.get_running_loop().call_later(2 * self._site.handshake_seconds, self.abort)

    def accept(self, upgrade: picows.WSUpgradeRequest) -> "Peer | picows.WSUpgradeResponseWithListener":
        """Decide what a request gets; picows calls it before it looks at the upgrade headers."""
        self._stop_timer()
        answer = self._ask(upgrade)
        if isinstance(answer, transport.HTTPAnswer):
            return picows.WSUpgradeResponseWithListener(_plain(answer), None)
        # picows compares the whole header, and refuses a browser's "keep-alive, Upgrade".
        tokens = upgrade.headers.get("Connection", "").lower().split(",")
        if "upgrade" in (token.strip() for token in tokens):
            upgrade.headers["Connection"] = "Upgrade"
        self._conversation = answer
        return self

    def _ask(self, upgrade: picows.WSUpgradeRequest) -> transport.Conversation | transport.HTTPAnswer:
        request = transport.HTTPRequest(
            upgrade.method.decode("ascii", "replace"),
            upgrade.path.partition(b"?")[0].decode("ascii", "replace"),
            self._remote(),
        )
        try:
            return self._site.accept(request)
        except Exception:
            # Raised on, its text would go to the client, and nowhere else.
            _logger.exception("a request for %s could not be decided", request.path)
            return transport.HTTPAnswer(500, "internal error\n")

    def _remote(self) -> str:
        assert self._transport is not None
        name = self._transport.underlying_transport.get_extra_info("peername")
        if not name:
            return ""
        host, port = name[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    # What picows calls.

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """Begin the conversation."""
        self._site.peers.add(self)
        assert self._conversation is not None
        self._conversation.connected(self)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Join, answer or refuse one frame."""
        # Having refused a frame, picows goes on for 10 ms, and delivers even the one that was too long.
        if self._closing or transport.is_close_frame_sent:
            return
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._refuse(picows.WSCloseCode.PROTOCOL_ERROR)
            return
        kind = frame.msg_type
        if kind in _PARTS:
            self._on_part(frame, first=kind != picows.WSMsgType.CONTINUATION)
        elif kind == _PING:
            self._send(picows.WSMsgType.PONG, frame.get_payload_as_bytes())
        elif kind == _CLOSE:
            self.close()

    def _on_part(self, frame: picows.WSFrame, *, first: bool) -> None:
        if first is (self._fragments is not None):
            self._refuse(picows.WSCloseCode.PROTOCOL_ERROR)
        elif first and frame.fin:
            self._deliver(frame.get_payload_as_bytes())
        else:
            self._join(frame)

    def _join(self, frame: picows.WSFrame) -> None:
        if self._fragments is None:
            self._fragments = bytearray()
        self._fragments += frame.get_payload_as_memoryview()
        if len(self._fragments) > self._site.max_message_bytes:
            self._refuse(picows.WSCloseCode.MESSAGE_TOO_BIG)
        elif frame.fin:
            message, self._fragments = bytes(self._fragments), None
            self._deliver(message)

    def _deliver(self, message: bytes) -> None:
        assert self._conversation is not None
        self._conversation.received(message)

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """End the conversation, whoever ended the connection."""
        self._closing = True
        self._stop_timer()
        self._protocol = None
        self._site.peers.discard(self)
        if self._ended is not None:
            self._ended.set()
        if self._conversation is not None:
            conversation, self._conversation = self._conversation, None
            conversation.closed()

    def pause_writing(self) -> None:
        """Do nothing: each message looks at what is unsent, and picows would log a warning."""

    def resume_writing(self) -> None:
        """Do nothing, as ``pause_writing``."""

    # Peer.

    def send(self, message: bytes) -> None:
        """Send a text message; see ``ports.transport.Peer``."""
        self._send(_TEXT, message)

    def _send(self, kind: picows.WSMsgType, payload: bytes) -> None:
        if self._closing or self._transport is None:
            return
        if self.unsent_bytes() > self._site.max_unsent_bytes:
            _logger.warning("dropping %s: %d bytes wait for it", self._remote(), self.unsent_bytes())
            self.abort()
            return
        self._transport.send(kind, payload)

    def unsent_bytes(self) -> int:
        """Tell how much waits to be sent; see ``ports.transport.Peer``."""
        if self._transport is None:
            return 0
        return self._transport.underlying_transport.get_write_buffer_size()

    def close(self) -> None:
        """End with a close frame; see ``ports.transport.Peer``."""
        self._end(b"")

    def _refuse(self, code: picows.WSCloseCode) -> None:
        _logger.info("closing %s with code %d", self._remote(), code.value)
        self._end(int(code.value).to_bytes(2, "big"))

    def _end(self, body: bytes) -> None:
        if self._closing or self._transport is None:
            return
        self._closing = True
        self._fragments = None
        # Not send_close: it puts its "no code" on the wire as a code, which is not allowed there.
        self._transport.send(_CLOSE, body)
        self._transport.disconnect()
        self._timer = asyncio.get_running_loop().call_later(CLOSE_SECONDS, self.abort)

    # What the server calls.

    def abort(self) -> None:
        """End the connection at once, whatever is unsent."""
        self._closing = True
        if self._transport is not None:
            self._transport.disconnect(False)

    async def wait_ended(self) -> None:
        """Return when the connection has ended; only for a connection that is among the server's."""
        if self._ended is None:
            self._ended = asyncio.Event()
        await self._ended.wait()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _plain(answer: transport.HTTPAnswer) -> picows.WSUpgradeResponse:
    response = picows.WSUpgradeResponse.create_ok_response(answer.body.encode())
    response.status = http.HTTPStatus(answer.status)
    if not answer.body:
        response.headers["Content-Length"] = "0"
    return response
