"""A client's frames, read from bytes without I/O (RFC 6455, 5): whole messages out, and a bound on each.

Our own because picows keeps the room of the longest frame that a connection ever began, takes control
frames of any length, and has one limit from a connection's first message to its last. Sends nothing.
"""

import dataclasses
from collections.abc import Iterator

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA
_DATA = (TEXT, BINARY, CONTINUATION)

PROTOCOL_ERROR = 1002
TOO_BIG = 1009

_FIN, _RESERVED, _KIND = 0x80, 0x70, 0x0F
_MASKED, _LENGTH = 0x80, 0x7F
_LONG, _LONGER = 126, 127
_LONGEST_CONTROL_BYTES = 125
_MASK_BYTES = 4

Bytes = bytes | bytearray | memoryview


@dataclasses.dataclass(slots=True)
class BreachError(Exception):
    """A frame that ends its connection, with the code that says why."""

    code: int


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """A message, joined from its fragments, or a control frame."""

    kind: int
    """``TEXT`` for every message, ``PING``, ``PONG`` or ``CLOSE``."""

    payload: bytes


class FrameReader:
    """Reads the frames of one connection; once it has raised, nothing more must be fed.

    Args:
        max_message_bytes: the longest message, which may be changed at any time.
    """

    __slots__ = ("_fragments", "_rest", "max_message_bytes")

    def __init__(self, max_message_bytes: int) -> None:
        self.max_message_bytes = max_message_bytes
        self._rest: bytearray | None = None
        """The beginning of a frame whose end has not come."""

        self._fragments: bytearray | None = None

    @property
    def held_bytes(self) -> int:
        """How much is kept of a message whose end has not come."""
        return len(self._rest or ()) + len(self._fragments or ())

    def feed(self, data: Bytes) -> Iterator[Frame]:
        """Take bytes and yield what they complete; to be exhausted, or given up for good.

        Raises:
            BreachError: the client broke the protocol, or its message is too long.
        """
        if self._rest is not None:
            self._rest += data
            data = self._rest
        begun = 0
        while (found := self._next(data, begun)) is not None:
            first, payload, begun = found
            frame = self._take(first, payload)
            if frame is not None:
                yield frame
        if begun == len(data):
            self._rest = None
        elif self._rest is None:
            self._rest = bytearray(data[begun:])
        else:
            del self._rest[:begun]

    def _next(self, data: Bytes, at: int) -> tuple[int, bytes, int] | None:
        """Return a frame's first byte, its payload and where it ends; None where it is not all there."""
        if len(data) - at < 2:
            return None
        first, second = data[at], data[at + 1]
        if first & _RESERVED or not second & _MASKED:
            raise BreachError(PROTOCOL_ERROR)
        length, at = second & _LENGTH, at + 2
        if first & _KIND not in _DATA:
            self._check_control(first, length)
        elif length >= _LONG:
            width = 2 if length == _LONG else 8
            if len(data) - at < width:
                return None
            length, at = int.from_bytes(data[at : at + width], "big"), at + width
        if length > self.max_message_bytes:
            raise BreachError(TOO_BIG)
        end = at + _MASK_BYTES + length
        if len(data) < end:
            return None
        mask, payload = bytes(data[at : at + _MASK_BYTES]), bytes(data[at + _MASK_BYTES : end])
        return first, _unmasked(payload, mask), end

    @staticmethod
    def _check_control(first: int, length: int) -> None:
        known = first & _KIND in (CLOSE, PING, PONG)
        if not known or not first & _FIN or length > _LONGEST_CONTROL_BYTES:
            raise BreachError(PROTOCOL_ERROR)

    def _take(self, first: int, payload: bytes) -> Frame | None:
        kind, last = first & _KIND, bool(first & _FIN)
        if kind not in _DATA:
            return Frame(kind, payload)
        if (kind == CONTINUATION) is (self._fragments is None):
            raise BreachError(PROTOCOL_ERROR)
        if self._fragments is None:
            if last:
                return Frame(TEXT, payload)
            self._fragments = bytearray()
        if len(self._fragments) + len(payload) > self.max_message_bytes:
            raise BreachError(TOO_BIG)
        self._fragments += payload
        if not last:
            return None
        message, self._fragments = bytes(self._fragments), None
        return Frame(TEXT, message)


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    length = len(payload)
    key = (mask * (length // _MASK_BYTES + 1))[:length]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(length, "little")
