"""Serving WebSockets for the controller, on picows (spec juju-api, 1.1 to 1.5; ``ports.transport``).

Nothing per connection but one object: no task, no queue, no stream. Works on uvloop and on the stock loop.
Decides nothing about what is said; a conversation does.

Limits of the library: a request that is not ``GET`` with HTTP/1.1 gets 400, ``HEAD`` too.
"""

import asyncio
import http
import logging
import ssl
from collections.abc import MutableMapping
from typing import Any, cast

import picows
from picows import picows as _picows

from meterstatus.ports import transport

BACKLOG = 4096
"""Ten thousand agents come back at once; asyncio's 100 would refuse most of them."""

HANDSHAKE_SECONDS = 10.0
"""For the TLS handshake, and once more for the HTTP request; a silent client costs a descriptor."""

CLOSE_SECONDS = 5.0
"""From a close until the end is forced; a peer that reads nothing would keep the connection for ever."""

MAX_UNSENT_BYTES = 4 * 1024 * 1024
"""What may wait for a slow reader before the next message ends its connection. The longest answer that
python-libjuju takes, so that one such may always wait."""

# The smallest that picows takes. It grows by itself; at ten thousand connections the default of 16 KiB
# would cost 160 MB.
_READ_BUFFER_BYTES = 2048

_TEXT = picows.WSMsgType.TEXT
_PARTS = (picows.WSMsgType.TEXT, picows.WSMsgType.BINARY, picows.WSMsgType.CONTINUATION)
_PING = picows.WSMsgType.PING
_CLOSE = picows.WSMsgType.CLOSE

_logger = logging.getLogger(__name__)


class _PicowsLog(logging.LoggerAdapter[logging.Logger]):
    """What picows logs, at the level it has for an operator.

    Given a plain logger, picows would make a child of it for each connection; given an adapter it does not.
    """

    def info(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.debug(msg, *args, **kwargs)

    def error(self, msg: object, *args: object, **kwargs: Any) -> None:
        # Only what a peer did wrong.
        self.warning(msg, *args, **kwargs)

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs


_picows_log = _PicowsLog(logging.getLogger(f"{__name__}.picows"))


class WebSocketServer:
    """A listening socket and the connections it accepted; ``serve`` makes it."""

    def __init__(
        self,
        accept: transport.Accept,
        *,
        max_message_bytes: int,
        max_unsent_bytes: int,
        handshake_seconds: float,
    ) -> None:
        self.accept = accept
        self.max_message_bytes = max_message_bytes
        self.max_unsent_bytes = max_unsent_bytes
        self.handshake_seconds = handshake_seconds
        self.peers: set[_Peer] = set()
        self._listening: asyncio.Server | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """The port listened on, the one chosen where 0 was asked for."""
        return self._port

    async def start(self, host: str | None, port: int, ssl_context: ssl.SSLContext | None) -> None:
        """Listen; see ``serve``."""
        tls = ssl_context is not None
        server = await asyncio.get_running_loop().create_server(
            self._make_protocol,
            host,
            port,
            backlog=BACKLOG,
            ssl=ssl_context,
            ssl_handshake_timeout=self.handshake_seconds if tls else None,
            ssl_shutdown_timeout=CLOSE_SECONDS if tls else None,
        )
        self._listening = server
        self._port = int(server.sockets[0].getsockname()[1])

    def _make_protocol(self) -> asyncio.BaseProtocol:
        peer = _Peer(self)
        # Not picows.ws_create_server: what it calls for a request is not told who the client is, and its
        # own limit for the handshake leaves an exception that nobody retrieves, an error in the log for
        # every port scan. It does the same otherwise.
        protocol = cast("Any", _picows).WSProtocol(
            None,  # host and port: of a client
            None,  # path: of a client
            False,  # is_client_side
            peer.accept,
            _picows_log,
            True,  # disconnect_on_exception
            None,  # websocket_handshake_timeout
            False,  # enable_auto_ping
            20,  # auto_ping_idle_timeout
            20,  # auto_ping_reply_timeout
            picows.WSAutoPingStrategy.PING_WHEN_IDLE,
            False,  # enable_auto_pong: ours are bounded
            self.max_message_bytes,
            None,  # extra_headers: of a client
            _READ_BUFFER_BYTES,
        )
        peer.begin_handshake(protocol)
        return protocol

    def stop_accepting(self) -> None:
        """Refuse new connections; those that there are stay. Any number of times."""
        if self._listening is not None:
            self._listening.close()

    async def close(self, grace_seconds: float = CLOSE_SECONDS) -> None:
        """Stop accepting, close every connection with a close frame, and wait until they have ended.

        Those that have not ended after the grace are cut; cancelling cuts them at once.
        """
        self.stop_accepting()
        for peer in tuple(self.peers):
            peer.close()
        try:
            async with asyncio.timeout(grace_seconds):
                while self.peers:
                    await next(iter(self.peers)).wait_ended()
        except TimeoutError:
            _logger.info("cutting %d connections that did not end in time", len(self.peers))
        finally:
            for peer in tuple(self.peers):
                peer.abort()


async def serve(
    accept: transport.Accept,
    *,
    host: str | None,
    port: int,
    ssl_context: ssl.SSLContext | None,
    max_message_bytes: int,
    max_unsent_bytes: int = MAX_UNSENT_BYTES,
    handshake_seconds: float = HANDSHAKE_SECONDS,
) -> WebSocketServer:
    """Listen, and give each WebSocket that is accepted its conversation.

    Args:
        accept: decides what a request gets; if it raises, the request gets 500.
        host: the address to listen on; None is all.
        port: 0 chooses a free one.
        ssl_context: None serves without TLS.
        max_message_bytes: a longer message ends its connection, with close code 1009.
        max_unsent_bytes: with more than this unsent, the next message ends its connection instead.
        handshake_seconds: for TLS, and once more for the HTTP request.

    Raises:
        OSError: the address cannot be listened on.
    """
    server = WebSocketServer(
        accept,
        max_message_bytes=max_message_bytes,
        max_unsent_bytes=max_unsent_bytes,
        handshake_seconds=handshake_seconds,
    )
    await server.start(host, port, ssl_context)
    return server


class _Peer(picows.WSListener):
    """One connection: picows' listener and the conversation's ``Peer`` in one object."""

    __slots__ = (
        "_closing",
        "_conversation",
        "_ended",
        "_fragments",
        "_protocol",
        "_server",
        "_timer",
    )

    def __init__(self, server: WebSocketServer) -> None:
        self._server = server
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
        self._timer = asyncio.get_running_loop().call_later(2 * self._server.handshake_seconds, self.abort)

    def accept(self, upgrade: picows.WSUpgradeRequest) -> "_Peer | picows.WSUpgradeResponseWithListener":
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
            return self._server.accept(request)
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
        self._server.peers.add(self)
        assert self._conversation is not None
        self._conversation.connected(self)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
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
        if len(self._fragments) > self._server.max_message_bytes:
            self._refuse(picows.WSCloseCode.MESSAGE_TOO_BIG)
        elif frame.fin:
            message, self._fragments = bytes(self._fragments), None
            self._deliver(message)

    def _deliver(self, message: bytes) -> None:
        assert self._conversation is not None
        self._conversation.received(message)

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self._closing = True
        self._stop_timer()
        self._protocol = None
        self._server.peers.discard(self)
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
        self._send(_TEXT, message)

    def _send(self, kind: picows.WSMsgType, payload: bytes) -> None:
        if self._closing or self._transport is None:
            return
        if self.unsent_bytes() > self._server.max_unsent_bytes:
            _logger.warning("dropping %s: %d bytes wait for it", self._remote(), self.unsent_bytes())
            self.abort()
            return
        self._transport.send(kind, payload)

    def unsent_bytes(self) -> int:
        if self._transport is None:
            return 0
        return self._transport.underlying_transport.get_write_buffer_size()

    def close(self) -> None:
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
