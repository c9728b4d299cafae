"""A standard error that never keeps its writer waiting, whoever reads it or no longer does.

A pipe whose reader has stalled, or a terminal held by Ctrl-S, blocks whoever writes to it: on the event loop
that is everybody. So a thread writes, from a bounded queue; lines that do not fit are dropped and counted.
"""

import collections
import io
import os
import select
import threading
from collections.abc import Callable
from typing import NamedTuple

QUEUE_BYTES = 1024 * 1024
"""Of text that may wait; enough for ten thousand agents that log in at once."""

DRAIN_SECONDS = 2.0
"""For what waits to be written when the program ends."""

_BATCH_BYTES = 64 * 1024


class LogStream(io.TextIOBase):
    """A text stream to a descriptor; ``write`` neither waits nor fails.

    Args:
        descriptor: where to write; stays the caller's.
        describe_dropped: makes the line that stands where so many lines were dropped.
        most_bytes: that may wait.
    """

    def __init__(
        self,
        descriptor: int,
        describe_dropped: Callable[[int], str],
        most_bytes: int = QUEUE_BYTES,
    ) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._describe_dropped = describe_dropped
        self._most_bytes = most_bytes
        # Its lock may be taken again by its thread: the collector may warn in the middle of a write.
        self._changed = threading.Condition()
        self._parts: collections.deque[_Part] = collections.deque()
        self._bytes = 0
        self._dropped = 0
        self._fails = False
        self._thread: threading.Thread | None = None
        self._is_ended = False

    encoding = "utf-8"

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the descriptor, for whoever wants to know what it is."""
        return self._descriptor

    def isatty(self) -> bool:
        """Tell whether a person looks at it."""
        return os.isatty(self._descriptor)

    def write(self, text: str, /) -> int:
        """Have a text written soon; what does not fit into the queue is dropped, and said to be."""
        part = _Part(text.encode(errors="backslashreplace"), text.count("\n"))
        with self._changed:
            if self._is_ended:
                self._write_at_once(part.content)
                return len(text)
            # Having dropped a line it goes on until there is much room: else every other one would be lost.
            limit = self._most_bytes // 2 if self._dropped else self._most_bytes
            if self._bytes + len(part.content) > limit:
                self._dropped += part.lines
                return len(text)
            self._say_dropped()
            self._append(part)
            self._start_writing()
            self._changed.notify_all()
        return len(text)

    def _append(self, part: "_Part") -> None:
        self._parts.append(part)
        self._bytes += len(part.content)

    def _say_dropped(self) -> None:
        if self._dropped:
            # Where it is lost too, all those lines are.
            self._append(_Part(self._describe_dropped(self._dropped).encode(), self._dropped))
            self._dropped = 0

    def _start_writing(self) -> None:
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._write_all, name="log-writer", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads just now: the next write tries again
            return
        self._thread = thread

    def _write_all(self) -> None:
        while True:
            with self._changed:
                while not self._parts:
                    if not self._fails:
                        self._say_dropped()
                    if not self._parts:
                        self._changed.wait()
                batch = self._batch()
            is_taken = self._write_out(b"".join(part.content for part in batch))
            with self._changed:
                self._bytes -= sum(len(part.content) for part in batch)
                self._fails = not is_taken
                if not is_taken:
                    self._dropped += sum(part.lines for part in batch)
                self._changed.notify_all()

    def _batch(self) -> list["_Part"]:
        batch = [self._parts.popleft()]
        size = len(batch[0].content)
        while self._parts and size + len(self._parts[0].content) <= _BATCH_BYTES:
            batch.append(self._parts.popleft())
            size += len(batch[-1].content)
        return batch

    def _write_out(self, content: bytes) -> bool:
        """Write, for as long as it takes; tell whether it was taken."""
        rest = memoryview(content)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:  # whoever shares the descriptor has it so
                select.select((), (self._descriptor,), ())
            except OSError:
                return False
        return True

    def _write_at_once(self, content: bytes) -> None:
        """Write what comes after the end, as far as that waits for nobody: no thread will any more."""
        while content and select.select((), (self._descriptor,), (), 0)[1]:
            # A pipe that can be written to has room for so much (pipe(7)).
            part, content = content[: select.PIPE_BUF], content[select.PIPE_BUF :]
            if not self._write_out(part):
                return

    def drain(self, seconds: float = DRAIN_SECONDS) -> bool:
        """End it: let what is queued be written, and tell whether all was.

        What comes later is written at once, or dropped where that would have to wait.
        """
        with self._changed:
            self._start_writing()
            self._is_ended = True
            return self._changed.wait_for(self._has_written, seconds)

    def _has_written(self) -> bool:
        return not self._bytes and (self._fails or not self._dropped)


class _Part(NamedTuple):
    content: bytes
    lines: int
