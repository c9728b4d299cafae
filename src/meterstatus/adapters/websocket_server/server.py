"""The listening socket, and all the connections that it accepted.

Makes picows' protocol for each; what is said on one is its peer's.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import MutableMapping
from typing import Any, cast

import picows
from picows import picows as _picows

from meterstatus.adapters.websocket_server import accepting, gate, room
from meterstatus.adapters.websocket_server import peer as peers
from meterstatus.ports import transport
from meterstatus.runtime import resolving

BACKLOG = 4096
"""Ten thousand agents come back at once; asyncio's 100 would refuse most of them."""

HANDSHAKE_SECONDS = 10.0
"""For a client's first byte, once more for the TLS handshake, and for the HTTP request; a silent client costs
a descriptor."""

MAX_UNSENT_BYTES = 4 * 1024 * 1024
"""What may wait for a slow reader before the next message ends its connection. The longest answer that
python-libjuju takes, so that one such may always wait."""

MAX_STRANGERS_MESSAGE_BYTES = 8 * 1024
"""Of a message before the login. A login is a few hundred bytes; Juju's client adds its command line."""

MAX_STRANGERS_UNSENT_BYTES = 16 * 1024
"""What may wait for a slow reader before the login; an answer is then less than two."""

STRANGERS_ROOM_BYTES = 4 * 1024 * 1024
"""What all unfinished messages before a login may take together. An honest login comes in one piece, and
takes nothing."""

ROOM_BYTES = 64 * 1024 * 1024
"""What all unfinished messages after one may; sixteen of the longest."""

# The smallest that picows takes; only the request goes through it.
_READ_BUFFER_BYTES = 2048

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
        known = peers.Bounds(max_message_bytes, max_unsent_bytes, room.Room(ROOM_BYTES))
        strangers = peers.Bounds(
            min(MAX_STRANGERS_MESSAGE_BYTES, max_message_bytes),
            min(MAX_STRANGERS_UNSENT_BYTES, max_unsent_bytes),
            room.Room(STRANGERS_ROOM_BYTES),
        )
        self._site = peers.Site(accept, strangers, known, handshake_seconds)
        self._scratch = memoryview(bytearray(gate.SCRATCH_BYTES))
        self._acceptor: accepting.Acceptor | None = None
        self._ssl_context: ssl.SSLContext | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """The port listened on, the one chosen where 0 was asked for."""
        return self._port

    async def start(self, host: str | None, port: int, ssl_context: ssl.SSLContext | None) -> None:
        """Listen; see ``serve``."""
        self._ssl_context = ssl_context
        listening = accepting.listen(await _addresses(host, port), BACKLOG)
        self._port = int(listening[0].getsockname()[1])
        self._acceptor = accepting.Acceptor(listening, self._begin, self._site.handshake_seconds)

    async def _begin(self, accepted: socket.socket) -> None:
        """Make a connection of an accepted socket; returns once its TLS handshake is over."""
        tls = self._ssl_context is not None
        # What a client does wrong in its handshake is nobody's trouble here.
        with contextlib.suppress(OSError):
            await asyncio.get_running_loop().connect_accepted_socket(
                self._make_protocol,
                accepted,
                ssl=self._ssl_context,
                ssl_handshake_timeout=self._site.handshake_seconds if tls else None,
                ssl_shutdown_timeout=peers.CLOSE_SECONDS if tls else None,
            )

    def _make_protocol(self) -> asyncio.BaseProtocol:
        peer = peers.Peer(self._site)
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
            gate.MAX_REQUEST_BYTES,  # of a frame; it is given none
            None,  # extra_headers: of a client
            _READ_BUFFER_BYTES,
        )
        peer.begin_handshake(protocol)
        return gate.Gate(self._scratch, peer, protocol)

    def stop_accepting(self) -> None:
        """Refuse new connections; those that there are stay. Any number of times."""
        if self._acceptor is not None:
            self._acceptor.close()

    async def close(self, grace_seconds: float = peers.CLOSE_SECONDS) -> None:
        """Stop accepting, close every connection with a close frame, and wait until they have ended.

        Those that have not ended after the grace are cut; cancelling cuts them at once.
        """
        self.stop_accepting()
        for peer in tuple(self._site.peers):
            peer.close()
        try:
            async with asyncio.timeout(grace_seconds):
                while self._site.peers:
                    await next(iter(self._site.peers)).wait_ended()
        except TimeoutError:
            _logger.info("cutting %d connections that did not end in time", len(self._site.peers))
        finally:
            for peer in tuple(self._site.peers):
                peer.abort()


async def _addresses(host: str | None, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """Return the addresses to listen on: all of IPv4 and, where this system has it, of IPv6 for None.

    Raises:
        OSError, UnicodeError: the host cannot be looked up.
    """
    if host is None:
        everywhere = [(socket.AF_INET, ("0.0.0.0", port))]  # noqa: S104 - what was asked for
        return [*everywhere, (socket.AF_INET6, ("::", port))] if _has_ipv6() else everywhere
    found = await resolving.Resolver().addresses(host, port)
    return list(dict.fromkeys((family, (str(where[0]), port)) for family, where in found))


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as tried:
            tried.bind(("::1", 0))
    except OSError:
        return False
    return True


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
        max_message_bytes: a longer message ends its connection, with close code 1009; before it is admitted
            one of ``MAX_STRANGERS_MESSAGE_BYTES`` does.
        max_unsent_bytes: with more than this unsent, the next message ends its connection instead; before it
            is admitted with ``MAX_STRANGERS_UNSENT_BYTES``.
        handshake_seconds: for the first byte, once more for TLS, and for the HTTP request.

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
