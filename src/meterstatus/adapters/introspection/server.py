"""The agent's end: tells whoever may know.

Nothing here waits for a visitor for long, or holds anything for many of them: an agent has units to serve.
"""

import asyncio
import contextlib
import functools
import json
import logging
import socket
from collections.abc import Callable, Mapping
from typing import Self

from meterstatus.adapters.introspection import address as addresses
from meterstatus.runtime import peer

ANSWER_SECONDS = 5.0
"""For a visitor to take what it is told; then it is left."""

ROOM = 4
"""How many visitors are told at once; as many more wait in the kernel, and further ones are turned away."""

PAUSE_SECONDS = 1.0
"""After a visitor that could not be let in, for want of descriptors, before the next."""

_logger = logging.getLogger(__name__)

Describe = Callable[[], Mapping[str, object]]


class IntrospectionServer:
    """Sends each visitor what ``describe`` returns then, as one JSON object, and ends the connection.

    Only root and the process's own user are told; another user's connection is ended without a word.
    """

    def __init__(self, listening: socket.socket, describe: Describe) -> None:
        self._listening = listening
        self._describe = describe
        self._room = asyncio.Semaphore(ROOM)
        self._visits: set[asyncio.Task[None]] = set()
        self._main = asyncio.create_task(self._receive(), name="introspection")

    @classmethod
    def open(cls, address: addresses.Address, describe: Describe) -> Self:
        """Listen on the running loop.

        Args:
            address: where; gone with the process, however that ends.
            describe: returns plain values. It runs on the loop, so it must not wait.

        Raises:
            OSError: the name is taken, or the system has no such sockets; nothing is left behind.
        """
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listening.setblocking(False)
            listening.bind(address.name)
            listening.listen(ROOM)
        except BaseException:
            listening.close()
            raise
        return cls(listening, describe)

    async def close(self) -> None:
        """Listen no more, and leave the visitors; cancelling leaves nothing behind either."""
        ending = [self._main, *self._visits]
        for task in ending:
            task.cancel()
        try:
            await asyncio.gather(*ending, return_exceptions=True)
        finally:
            self._listening.close()

    async def _receive(self) -> None:
        loop = asyncio.get_running_loop()
        has_failed = False
        while True:
            await self._room.acquire()
            try:
                visitor, _ = await loop.sock_accept(self._listening)
            except OSError as error:
                self._room.release()
                if not has_failed:
                    _logger.warning("who asks for the agent's status is not let in: %s", error.strerror)
                has_failed = True
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            has_failed = False
            visit = asyncio.create_task(self._tell(visitor), name="introspection visit")
            self._visits.add(visit)
            visit.add_done_callback(functools.partial(self._left, visitor))

    def _left(self, visitor: socket.socket, visit: asyncio.Task[None]) -> None:
        visitor.close()
        self._visits.discard(visit)
        self._room.release()

    async def _tell(self, visitor: socket.socket) -> None:
        if not peer.of(visitor).is_ours:
            return
        try:
            answer = json.dumps(self._describe()).encode()
        except Exception as error:  # noqa: BLE001 - a status that cannot be told must harm no unit
            _logger.error("the agent's status cannot be told: %s: %s", type(error).__name__, error)
            return
        # An OSError is a visitor that has left, or takes too long: a TimeoutError is one.
        with contextlib.suppress(OSError):
            async with asyncio.timeout(ANSWER_SECONDS):
                await asyncio.get_running_loop().sock_sendall(visitor, answer)
