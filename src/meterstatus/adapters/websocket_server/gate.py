"""What asyncio talks to: one connection's bytes, bounded before anything is made of them.

The request goes to picows once it is whole, frames to the peer. Nothing that arrives has a buffer of its
own until it is known to be a part of something longer: a read lands in one buffer for all connections, for
what was read is taken before the next read of anybody's. Holds nothing once the connection is lost, because
uvloop's TLS keeps this object until the collector comes.
"""

import asyncio
from typing import Any

from meterstatus.adapters.websocket_server import peer as peers

MAX_REQUEST_BYTES = 8 * 1024
"""Of an HTTP request; browsers and Juju's clients send less than two."""

SCRATCH_BYTES = 64 * 1024
"""Of one read, for all connections."""

_END = b"\r\n\r\n"


class Gate(asyncio.BufferedProtocol):
    """The protocol of one connection.

    Args:
        scratch: the buffer for all connections of this thread.
        peer: what is told of frames and of the end.
        request: picows' protocol, which answers the request and sends.
    """

    __slots__ = ("_peer", "_picows", "_request", "_scratch")

    def __init__(self, scratch: memoryview, peer: "peers.Peer", request: Any) -> None:
        self._scratch = scratch
        self._peer: peers.Peer | None = peer
        self._picows: Any = request
        self._request: bytearray | None = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand the transport to picows."""
        self._picows.connection_made(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next read goes."""
        return self._scratch

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        if self._peer is None:
            return
        data = self._scratch[:nbytes]
        if self._request is None:
            self._peer.feed(data)
            return
        self._request += data
        end = self._request.find(_END)
        if end < 0:
            if len(self._request) > MAX_REQUEST_BYTES:
                self._peer.abort()
            return
        whole, self._request = bytes(self._request), None
        if end > MAX_REQUEST_BYTES:
            self._peer.abort()
            return
        self._hand_over(whole[: end + len(_END)])
        # A client that says more before it has the answer is odd; what it says is read all the same.
        self._peer.feed(whole[end + len(_END) :])

    def _hand_over(self, request: bytes) -> None:
        while request and self._picows is not None:
            buffer = self._picows.get_buffer(-1)
            size = min(len(buffer), len(request))
            buffer[:size] = request[:size]
            request = request[size:]
            self._picows.buffer_updated(size)

    def eof_received(self) -> bool:
        """Let the transport close itself."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell of the end, and let go of everything."""
        peer, request = self._peer, self._picows
        self._peer = self._picows = self._request = None
        if request is not None:
            request.connection_lost(exc)
        if peer is not None:
            peer.lost()

    def pause_writing(self) -> None:
        """Do nothing: each message looks at what is unsent."""

    def resume_writing(self) -> None:
        """Do nothing, as ``pause_writing``."""
