"""resolving: silent name servers cost one thread a name, and nobody's end."""

import asyncio
import socket
import threading
from typing import Any

import pytest

from meterstatus.runtime import resolving

V4, V6 = socket.AF_INET, socket.AF_INET6
Found = list[tuple[socket.AddressFamily, Any, int, str, tuple[Any, ...]]]


def found(*addresses: str) -> Found:
    return [(V6, 0, 0, "", (one, 0, 0, 7)) if ":" in one else (V4, 0, 0, "", (one, 0)) for one in addresses]


class Servers:
    """Name servers that answer when they are told to."""

    def __init__(self, answer: Found | OSError) -> None:
        self.asked: list[str] = []
        self.answering = threading.Event()
        self._answer = answer

    def look_up(self, host: str) -> Found:
        self.asked.append(host)
        self.answering.wait(30)
        if isinstance(self._answer, OSError):
            raise self._answer
        return self._answer


async def test_many_who_want_one_name_share_one_look_up() -> None:
    """All units of a machine lose their controller at the same time."""
    servers = Servers(found("10.0.0.1"))
    resolver = resolving.Resolver(servers.look_up)
    waiting = [asyncio.ensure_future(resolver.addresses("ctl", 1000 + number)) for number in range(50)]
    await asyncio.sleep(0)
    servers.answering.set()
    assert [one[0][1] for one in await asyncio.gather(*waiting)] == [
        ("10.0.0.1", 1000 + number) for number in range(50)
    ]
    assert servers.asked == ["ctl"]


async def test_who_gives_up_leaves_the_look_up_to_the_next() -> None:
    """It cannot be ended, and a second one would only wait beside it."""
    servers = Servers(found("10.0.0.1"))
    resolver = resolving.Resolver(servers.look_up)
    for _ in range(3):
        impatient = asyncio.ensure_future(resolver.addresses("ctl", 1))
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
    last = asyncio.ensure_future(resolver.addresses("ctl", 1))
    await asyncio.sleep(0)
    servers.answering.set()
    assert await last == [(V4, ("10.0.0.1", 1))]
    assert servers.asked == ["ctl"]


async def test_an_answer_is_not_kept() -> None:
    """Where a controller is may change at any time, and the system has caches of its own."""
    servers = Servers(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    servers.answering.set()
    resolver = resolving.Resolver(servers.look_up)
    for _ in range(2):
        with pytest.raises(socket.gaierror, match="not known"):
            await resolver.addresses("ctl", 1)
    assert servers.asked == ["ctl", "ctl"]


async def test_a_name_does_not_wait_for_another() -> None:
    """One controller's name may be one that silent servers know, and the next in the machine's own file."""
    silent = Servers(found())
    resolver = resolving.Resolver(lambda host: found("10.0.0.2") if host == "near" else silent.look_up(host))
    far = asyncio.ensure_future(resolver.addresses("far", 1))
    assert await resolver.addresses("near", 1) == [(V4, ("10.0.0.2", 1))]
    far.cancel()
    silent.answering.set()


@pytest.mark.parametrize(
    ("host", "where"), [("127.0.0.1", (V4, ("127.0.0.1", 7))), ("::1", (V6, ("::1", 7, 0, 0)))]
)
async def test_a_number_is_looked_up_nowhere(host: str, where: resolving.Address) -> None:
    """It needs neither a thread nor a server."""
    servers = Servers(found())
    assert await resolving.Resolver(servers.look_up).addresses(host, 7) == [where]
    assert servers.asked == []


async def test_families_take_turns() -> None:
    """One of them may lead nowhere (RFC 8305, 4)."""
    resolver = resolving.Resolver(lambda _: found("::1", "::2", "::3", "10.0.0.1"))
    hosts = [where[0] for _, where in await resolver.addresses("ctl", 1)]
    assert hosts == ["::1", "10.0.0.1", "::2", "::3"]


async def test_the_systems_look_up_knows_localhost() -> None:
    """Nothing is replaced."""
    assert {where[0] for _, where in await resolving.Resolver().addresses("localhost", 1)} <= {
        "127.0.0.1",
        "::1",
    }
