"""The agent's end of a hook's tools: lives for one hook, answers one call after the other (spec worker, D.9).

What a caller does or fails to do costs itself only. Each has a limited time, a request of limited size, and
where too many are there the one that has been there longest goes; the hook's end waits for none of them
(B-30). Whatever goes wrong in a call ends that call, and not the agent (B-22).
"""

import asyncio
import contextlib
import datetime
import logging
import pathlib
import socket
from collections.abc import Callable

from meterstatus.adapters.hook_runner.hook_tools import place
from meterstatus.domain.hook import hook_tools
from meterstatus.ports import time
from meterstatus.runtime import peer, waiting

CALL_LIMIT = datetime.timedelta(seconds=5)
"""For a caller to say what it wants and to take the answer, which takes it milliseconds."""

PAUSE = datetime.timedelta(seconds=1)
"""After a caller that could not be let in, for want of descriptors, before the next."""

ROOM = 16
"""How many callers may be there at once: each may hold as much memory as a request is large."""

_CHUNK_BYTES = 64 * 1024
_logger = logging.getLogger(__name__)


class HookToolServer:
    """Answers the tools of one hook, on the running loop, until closed.

    Only the agent's own user is answered, which the hook runs as, and root, who may do anything anyhow.
    """

    def __init__(
        self,
        path: pathlib.Path,
        context_id: str,
        log: Callable[[hook_tools.Record], None],
        clock: time.Clock,
    ) -> None:
        """Listen.

        Args:
            path: of the socket.
            context_id: the hook's, which every call must bring.
            log: takes what ``juju-log`` is told, line by line.
            clock: measures the limits.

        Raises:
            OSError: there can be no socket; nothing is left of the attempt.
        """
        self._context_id = context_id
        self._log = log
        self._clock = clock
        self._place = place.Place(path)
        self._visits: dict[asyncio.Task[None], None] = {}
        self._main = asyncio.create_task(self._receive(), name="hook tools")

    async def close(self) -> None:
        """Answer nobody any more; who is in the middle of a call is hung up on."""
        ending = [self._main, *self._visits]
        for task in ending:
            task.cancel()
        try:
            await asyncio.gather(*ending, return_exceptions=True)
        finally:
            self._place.close()

    async def _receive(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                visitor, _ = await loop.sock_accept(self._place.listening)
            except OSError as error:
                _logger.warning("a hook's tool is not let in: %s", error.strerror)
                await self._clock.after(PAUSE)
                continue
            if len(self._visits) >= ROOM:
                longest = next(iter(self._visits))
                del self._visits[longest]
                longest.cancel()
            visit = asyncio.create_task(self._visit(visitor), name="hook tool")
            self._visits[visit] = None
            visit.add_done_callback(self._leave)
            # Who has said all it wants is answered before the next comes in, and so is not sent away by it.
            await asyncio.sleep(0)

    def _leave(self, visit: asyncio.Task[None]) -> None:
        self._visits.pop(visit, None)

    async def _visit(self, visitor: socket.socket) -> None:
        timer = self._clock.after(CALL_LIMIT)
        work = asyncio.ensure_future(self._converse(visitor))
        try:
            await waiting.wait_any(work, timer)
        finally:
            timer.cancel()
            work.cancel()
            visitor.close()

    async def _converse(self, visitor: socket.socket) -> None:
        if not peer.of(visitor).is_ours:
            return
        with contextlib.suppress(OSError):  # a caller that has left
            reply = hook_tools.write_answer(await self._answer(visitor))
            await asyncio.get_running_loop().sock_sendall(visitor, reply)

    async def _answer(self, visitor: socket.socket) -> hook_tools.Answer:
        try:
            length = hook_tools.length_of(await _read(visitor, hook_tools.LENGTH_BYTES))
            call = hook_tools.read_call(await _read(visitor, length))
        except hook_tools.WireError as error:
            return hook_tools.failure(str(error))
        try:
            answer = hook_tools.answer_call(call, self._context_id)
            for record in answer.records:
                self._log(record)
        except Exception as error:  # noqa: BLE001 - no tool may end the agent, or the hook
            _logger.error("hook tool %r failed: %s: %s", call.name, type(error).__name__, error)
            return hook_tools.failure(f"{call.name} failed in the agent, whose log says how")
        return answer


async def _read(visitor: socket.socket, length: int) -> bytes:
    """Read so many bytes.

    Raises:
        ConnectionError: they do not come.
    """
    loop, content = asyncio.get_running_loop(), bytearray()
    while len(content) < length:
        piece = await loop.sock_recv(visitor, min(length - len(content), _CHUNK_BYTES))
        if not piece:
            raise ConnectionError
        content += piece
    return bytes(content)
