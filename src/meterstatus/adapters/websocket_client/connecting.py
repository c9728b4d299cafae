"""Connects to the first of a host's addresses that answers (RFC 8305)."""

import asyncio
import socket
from collections.abc import Sequence

from meterstatus.runtime import resolving

HEAD_START_SECONDS = 0.25
"""Given to each address of a name before the next is tried too (RFC 8305, 5)."""


async def connect(addresses: Sequence[resolving.Address]) -> socket.socket:
    """Return a connected socket; the next address is tried when one has failed, or had its head start.

    Not asyncio's own race, which, cancelled just as one has won, leaves that one's socket to the garbage
    collector (Python 3.11): most dials here are cancelled, for the first of several controllers wins.

    Raises:
        OSError: none could be connected to; why the first could not.
    """
    attempts: list[asyncio.Task[socket.socket]] = []
    won: asyncio.Task[socket.socket] | None = None
    try:
        for number, (family, where) in enumerate(addresses, 1):
            attempts.append(asyncio.ensure_future(_connect(family, where)))
            won = await _first(attempts, None if number == len(addresses) else HEAD_START_SECONDS)
            if won is not None:
                return won.result()
    finally:
        for task in attempts:
            if task is not won:
                _abandon(task)
    raise next((task.exception() for task in attempts), None) or OSError("the host has no address")


async def _connect(family: socket.AddressFamily, where: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, where)
    except BaseException:
        made.close()
        raise
    return made


async def _first(
    attempts: Sequence[asyncio.Task[socket.socket]], seconds: float | None
) -> asyncio.Task[socket.socket] | None:
    """Wait until one has succeeded, the newest has failed and may be followed, or the seconds are over."""
    while True:
        running = [task for task in attempts if not task.done()]
        for task in attempts:
            if task.done() and task.exception() is None:
                return task
        if not running or (seconds is not None and attempts[-1].done()):
            return None
        done, _ = await asyncio.wait(running, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            return None


def _abandon(attempt: asyncio.Task[socket.socket]) -> None:
    # Waits for nothing: a cancellation in between would leave a socket to nobody.
    attempt.cancel()
    attempt.add_done_callback(_close)


def _close(attempt: asyncio.Task[socket.socket]) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()
