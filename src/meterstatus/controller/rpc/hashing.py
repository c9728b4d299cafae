"""Checking users' passwords, which takes milliseconds of a core each: bounded, and fair to each address.

A stranger may ask for as much of it as he likes: he waits behind himself, and who comes from elsewhere does
not.
"""

import asyncio
import datetime
import ipaddress

from meterstatus.controller import refusals
from meterstatus.domain.fleet import fair_queue, passwords

LONGEST = 200
"""Logins of users that may wait: a second or two of two cores."""

LONGEST_EACH = 16
"""Logins of users from one address that may wait; of IPv6 one network of 64 bits, which one host may have."""

AFTER = datetime.timedelta(seconds=1)
"""When to come back, as whoever finds no room is told."""

_NETWORK_BITS = 64


class Hashing:
    """Hashes passwords on threads, some at once.

    Args:
        at_once: how many.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._queue: fair_queue.FairQueue[asyncio.Future[None]] = fair_queue.FairQueue(LONGEST, LONGEST_EACH)

    async def hash(self, remote: str, password: str, salt: str) -> str:
        """Hash a password for whoever is at ``remote``, ``host:port``.

        Cancelled, it gives its place up; a hash that has begun is finished, and counts until then.

        Raises:
            Refusal: too many wait already, or too many of that address.
        """
        await self._wait_for_turn(address_of(remote))
        running = asyncio.ensure_future(asyncio.to_thread(passwords.user_hash, password, salt))
        running.add_done_callback(lambda _: self._next())
        return await asyncio.shield(running)

    async def _wait_for_turn(self, address: str) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        refused = self._queue.put(address, turn)
        if refused is turn:
            raise refusals.too_many_logins(AFTER)
        if refused is not None:
            refused.set_exception(refusals.too_many_logins(AFTER))
        try:
            await turn
        except asyncio.CancelledError:
            self._queue.remove(address, turn)
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._next()
            raise

    def _next(self) -> None:
        while (turn := self._queue.take()) is not None:
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


def address_of(remote: str) -> str:
    """Return who counts as one: a host, or of IPv6 its network."""
    host = remote.rpartition(":")[0].strip("[]")
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 4:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), _NETWORK_BITS), strict=False))
