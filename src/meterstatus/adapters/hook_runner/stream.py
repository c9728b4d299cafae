"""One end of a hook's output: bytes from a pipe become lines for whoever takes them (spec worker, D.3)."""

import asyncio
import os
from collections.abc import Callable

from meterstatus.domain.hook import hook_output

Sink = Callable[[list[str]], None]
"""Takes lines as they come."""

_CHUNK_BYTES = 64 * 1024
"""What a pipe holds, so that one read at the end takes all that a hook left in it."""


class OutputStream:
    """Reads a pipe on the running loop until its end, or until closed.

    Attributes:
        ended: done at the end of the output, or when closed.
    """

    def __init__(self, descriptor: int, sink: Sink) -> None:
        self._loop = asyncio.get_running_loop()
        self._descriptor = descriptor
        self._sink = sink
        self._splitter = hook_output.LineSplitter()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        os.set_blocking(descriptor, False)
        self._loop.add_reader(descriptor, self._read)

    def _read(self) -> None:
        try:
            chunk = os.read(self._descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return
        if chunk:
            self._sink(self._splitter.feed(chunk))
        else:
            self._end()

    def _end(self) -> None:
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._sink(self._splitter.finish())
        self.ended.set_result(None)

    def close(self) -> None:
        """Take what is there and stop reading; any number of times."""
        if not self.ended.done():
            self._read()
        if not self.ended.done():
            self._end()
