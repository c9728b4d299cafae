"""One connection: picows' listener and the conversation's ``Peer`` in one object.

Asks what a request gets, answers or refuses frames, bounds what waits in both directions, at less before the
client is known, and ends the connection. Never listens.
"""

import asyncio
import dataclasses
import http
import logging
from typing import Any

import picows

from meterstatus.adapters.websocket_server import frames, room
from meterstatus.ports import transport

CLOSE_SECONDS = 5.0
"""From a close until the end is forced; a peer that reads nothing would keep the connection for ever."""

_INTERNAL_ERROR = 1011
_TEXT = picows.WSMsgType.TEXT
_CLOSE = picows.WSMsgType.CLOSE

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Bounds:
    """What connections of one kind may hold of this process's memory."""

    max_message_bytes: int
    """A longer message ends its connection, with close code 1009."""

    max_unsent_bytes: int
    """With more than this unsent, the next message ends its connection instead."""

    room: room.Room
    """For the messages whose end has not come, of all these connections together."""


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """What all connections of a server share."""

    accept: transport.Accept
    strangers: Bounds
    """Of those who have not said who they are."""

    known: Bounds
    handshake_seconds: float
    peers: "set[Peer]" = dataclasses.field(default_factory=lambda: set[Peer]())
    """Those whose conversation has begun and not ended."""


class Peer(picows.WSListener):
    """A listener to picows, and a ``Peer`` to the conversation; ``begin_handshake`` gives it its protocol."""

    __slots__ = (
        "_bounds",
        "_closing",
        "_conversation",
        "_ended",
        "_protocol",
        "_reader",
        "_site",
        "_timer",
    )

    def __init__(self, site: Site) -> None:
        self._site = site
        self._protocol: Any = None
        self._conversation: transport.Conversation | None = None
        self._bounds = site.strangers
        self._reader: frames.FrameReader | None = None
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
        if self._transport is None:
            return ""
        name = self._transport.underlying_transport.get_extra_info("peername")
        if not name:
            return ""
        host, port = name[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    # What picows calls.

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """Begin the conversation."""
        self._reader = frames.FrameReader(self._bounds.max_message_bytes)
        self._site.peers.add(self)
        assert self._conversation is not None
        self._conversation.connected(self)

    def feed(self, data: frames.Bytes) -> None:
        """Take bytes that came after the request."""
        if self._closing or self._reader is None:
            return
        try:
            for frame in self._reader.feed(data):
                self._on_frame(frame)
                if self._closing:
                    return
        except frames.BreachError as breach:
            self._refuse(breach.code)
        except Exception:
            _logger.exception("a message of %s could not be taken", self._remote())
            self._refuse(_INTERNAL_ERROR)
        else:
            self._bounds.room.hold(self, self._reader.held_bytes)

    def _on_frame(self, frame: frames.Frame) -> None:
        if frame.kind == frames.TEXT:
            assert self._conversation is not None
            self._conversation.received(frame.payload)
        elif frame.kind == frames.PING:
            self._send(picows.WSMsgType.PONG, frame.payload)
        elif frame.kind == frames.CLOSE:
            self.close()

    def _let_go(self) -> None:
        """Drop what was read of a message whose end does not matter any more."""
        self._reader = None
        self._bounds.room.hold(self, 0)

    def crowd_out(self) -> None:
        """End at once: others need the room of a message that has been coming for longest."""
        _logger.info("dropping %s: its message does not end, and others need the room", self._remote())
        self.abort()

    def lost(self) -> None:
        """Let go of the connection, which is no more, also where no WebSocket came of it."""
        self._closing = True
        self._stop_timer()
        self._let_go()
        self._protocol = None

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """End the conversation, whoever ended the connection."""
        self.lost()
        self._site.peers.discard(self)
        if self._ended is not None:
            self._ended.set()
        if self._conversation is not None:
            conversation, self._conversation = self._conversation, None
            conversation.closed()

    # Peer.

    def send(self, message: bytes) -> None:
        """Send a text message; see ``ports.transport.Peer``."""
        self._send(_TEXT, message)

    def admit(self) -> None:
        """Take longer messages, and more of them; see ``ports.transport.Peer``."""
        if self._closing or self._reader is None:
            return
        self._bounds.room.hold(self, 0)
        self._bounds = self._site.known
        self._reader.max_message_bytes = self._bounds.max_message_bytes

    def _send(self, kind: picows.WSMsgType, payload: bytes) -> None:
        if self._closing or self._transport is None:
            return
        if self.unsent_bytes() > self._bounds.max_unsent_bytes:
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

    def _refuse(self, code: int) -> None:
        _logger.info("closing %s with code %d", self._remote(), code)
        self._end(code.to_bytes(2, "big"))

    def _end(self, body: bytes) -> None:
        if self._closing or self._transport is None:
            return
        self._closing = True
        self._let_go()
        # Not send_close: it puts its "no code" on the wire as a code, which is not allowed there.
        self._transport.send(_CLOSE, body)
        self._transport.disconnect()
        self._timer = asyncio.get_running_loop().call_later(CLOSE_SECONDS, self.abort)

    # What the server calls.

    def abort(self) -> None:
        """End the connection at once, whatever is unsent."""
        self._closing = True
        self._let_go()
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
