"""A hook's output as lines, and the last of them in one line for a person (spec worker, D.3). Pure."""

import collections
from collections.abc import Iterable

LINE_LIMIT_BYTES = 4096
TAIL_LINES = 5
TAIL_CHARACTERS = 1000
LOG_LINES = 20
LOG_BYTES = 4096


class LineSplitter:
    """Turns chunks of bytes into lines; one longer than 4096 bytes becomes several. Empty ones count."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that a chunk completes; bytes that are no UTF-8 become U+FFFD."""
        *complete, self._rest = (self._rest + chunk).split(b"\n")
        lines = [piece.decode(errors="replace") for line in complete for piece in _pieces(line)]
        *full, self._rest = _pieces(self._rest)
        return lines + [piece.decode(errors="replace") for piece in full]

    def finish(self) -> list[str]:
        """Return what came after the last line's end, where something did."""
        rest, self._rest = self._rest, b""
        return [rest.decode(errors="replace")] if rest else []


def _pieces(line: bytes) -> list[bytes]:
    """Cut a line into pieces within the limit, and not within a character; an empty line is one piece."""
    if len(line) <= LINE_LIMIT_BYTES:
        return [line]
    pieces: list[bytes] = []
    start = 0
    while len(line) - start > LINE_LIMIT_BYTES:
        end = start + LINE_LIMIT_BYTES
        while _is_continuation(line[end]) and end > start + LINE_LIMIT_BYTES - 3:
            end -= 1
        pieces.append(line[start:end])
        start = end
    return [*pieces, line[start:]]


def _is_continuation(byte: int) -> bool:
    return byte & 0b1100_0000 == 0b1000_0000


class Tail:
    """Keeps the last lines of a hook's output, of both streams in the order they came."""

    def __init__(self) -> None:
        self._lines: collections.deque[str] = collections.deque(maxlen=TAIL_LINES)

    def add(self, lines: Iterable[str]) -> None:
        """Take lines, of which blank ones do not count."""
        self._lines.extend(line.strip() for line in lines if line.strip())

    @property
    def text(self) -> str:
        """The last lines in one, at most 1000 characters of their end; "" where there was no output."""
        text = " | ".join(self._lines)
        return text if len(text) <= TAIL_CHARACTERS else f"…{text[1 - TAIL_CHARACTERS :]}"


class LogTail:
    """Keeps the last lines that a hook logged: at most 20, and 4 KiB of them together."""

    def __init__(self) -> None:
        self._lines: collections.deque[str] = collections.deque(maxlen=LOG_LINES)
        self._sizes: collections.deque[int] = collections.deque(maxlen=LOG_LINES)

    def add(self, line: str) -> None:
        """Take a line, which is no longer than 4 KiB itself."""
        self._lines.append(line)
        self._sizes.append(len(line.encode(errors="replace")))
        while sum(self._sizes) > LOG_BYTES:
            self._lines.popleft()
            self._sizes.popleft()

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines, oldest first."""
        return tuple(self._lines)
