"""WebSocket frames of a client, as far as a controller of ours sends them; no I/O.

Not wsproto: ten thousand lean agents in one process must cost less than the controller that they load.
"""

from collections.abc import Iterator

_FINAL_TEXT = 0x81
_FINAL_PONG = 0x8A
_FINAL_CLOSE = 0x88
_MASKED = 0x80
_NO_MASK = bytes(4)
"""A masked frame whose mask changes nothing: the protocol wants a mask, and here nobody is in between."""

_TWO_BYTES = 126
_EIGHT_BYTES = 127
TEXT = 1
CLOSE = 8
PING = 9

UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: bGVhbiBhZ2VudCBsZWFuIQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def text(payload: bytes) -> bytes:
    """Frame a text message."""
    return _frame(_FINAL_TEXT, payload)


def pong(payload: bytes) -> bytes:
    """Frame the answer to a ping."""
    return _frame(_FINAL_PONG, payload)


def close() -> bytes:
    """Frame a farewell."""
    return _frame(_FINAL_CLOSE, b"")


def _frame(head: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < _TWO_BYTES:
        lengths = bytes((head, _MASKED | size))
    elif size < 1 << 16:
        lengths = bytes((head, _MASKED | _TWO_BYTES)) + size.to_bytes(2, "big")
    else:
        lengths = bytes((head, _MASKED | _EIGHT_BYTES)) + size.to_bytes(8, "big")
    return lengths + _NO_MASK + payload


def take(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take every whole frame off a buffer: its opcode and payload. The server's are never fragmented."""
    while (found := _first(buffer)) is not None:
        kind, start, end = found
        payload = bytes(buffer[start:end])
        del buffer[:end]
        yield kind, payload


def _first(buffer: bytearray) -> tuple[int, int, int] | None:
    """Return a whole first frame's opcode, and where its payload begins and ends; else None."""
    if len(buffer) < 2:
        return None
    size, start = buffer[1], 2
    if size >= _TWO_BYTES:
        start += 2 if size == _TWO_BYTES else 8
        size = int.from_bytes(buffer[2:start], "big")
    if len(buffer) < start + size:
        return None
    return buffer[0] & 0x0F, start, start + size
