"""Looks host names up, though name servers may be silent: then it takes half a minute and cannot be ended.

Each name is looked up once at a time, whoever waits for it; whoever waits no longer leaves the look-up to the
next who wants the name. Nobody waits for one at the end of the program, as is done for an event loop's own.
Sits below the adapters because several of them dial.
"""

import asyncio
import itertools
import socket
from collections.abc import Callable, Sequence
from typing import Any

from meterstatus.runtime import daemon_thread

Address = tuple[socket.AddressFamily, tuple[Any, ...]]
"""What a socket is made for, and what it is connected to."""

_Found = Sequence[tuple[socket.AddressFamily, Any, int, str, tuple[Any, ...]]]


def _look_up(host: str) -> _Found:
    return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)


class Resolver:
    """Finds the addresses of hosts; one for all that a program dials.

    Args:
        look_up: the system's look-up, which blocks; replaced by tests.
    """

    def __init__(self, look_up: Callable[[str], _Found] = _look_up) -> None:
        self._look_up = look_up
        self._under_way: dict[str, asyncio.Future[_Found]] = {}

    async def addresses(self, host: str, port: int) -> list[Address]:
        """Return a host's addresses in the order to try them. Cancelling leaves the look-up to others.

        Raises:
            OSError, UnicodeError: the host has none, or cannot be looked up.
        """
        numeric = _numeric(host)
        found = await self._shared(host) if numeric is None else numeric
        return [(family, (where[0], port, *where[2:])) for family, *_, where in _interleaved(found)]

    async def _shared(self, host: str) -> _Found:
        under_way = self._under_way.get(host)
        loop = asyncio.get_running_loop()
        if under_way is None or under_way.get_loop() is not loop:
            executor = daemon_thread.DaemonExecutor("look-up")
            under_way = loop.run_in_executor(executor, self._look_up, host)
            self._under_way[host] = under_way
            under_way.add_done_callback(lambda ended: self._forget(host, ended))
        return await asyncio.shield(under_way)

    def _forget(self, host: str, ended: "asyncio.Future[_Found]") -> None:
        _ = ended.cancelled() or ended.exception()  # seen: everybody may have left
        if self._under_way.get(host) is ended:
            del self._under_way[host]


def _numeric(host: str) -> _Found | None:
    """Return the address that a host is written as, which is found without asking anybody."""
    try:
        return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError:
        return None


def _interleaved(found: _Found) -> _Found:
    """Put the families by turns, beginning with the first (RFC 8305, 4): one of them may lead nowhere."""
    families = dict.fromkeys(one[0] for one in found)
    rows = [[one for one in found if one[0] == family] for family in families]
    return [one for turn in itertools.zip_longest(*rows) for one in turn if one is not None]
