"""controller.rpc.hashing: who waits for whom while passwords are checked."""

import asyncio
import threading

import pytest

from meterstatus.controller import refusals
from meterstatus.controller.rpc import hashing
from meterstatus.domain.fleet import passwords


class Slow:
    """Stands in for the hash: each takes until it is let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.has_begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)

    def __call__(self, password: str, salt: str) -> str:
        self.begun.append(password)
        self.has_begun.release()
        assert self.may_end.acquire(timeout=10)
        return f"{password}{salt}"

    async def wait_begun(self) -> None:
        assert await asyncio.to_thread(self.has_begun.acquire, timeout=10)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Hashes that take until they are let go."""
    made = Slow()
    monkeypatch.setattr(passwords, "user_hash", made)
    return made


def _ask(of: hashing.Hashing, remote: str, password: str) -> "asyncio.Task[str]":
    return asyncio.ensure_future(of.hash(remote, password, "+"))


async def test_addresses_take_turns(slow: Slow) -> None:
    """Whoever asked for ten is not before the one who asked after that, from elsewhere."""
    of = hashing.Hashing(1)
    attacker = [_ask(of, f"192.0.2.1:{port}", f"bad{port}") for port in range(10)]
    await slow.wait_begun()
    admin = _ask(of, "192.0.2.2:1", "good")
    await asyncio.sleep(0)
    slow.may_end.release(3)
    assert await asyncio.wait_for(admin, 10) == "good+"
    assert slow.begun.index("good") in (1, 2)
    slow.may_end.release(10)
    assert [await each for each in attacker] == [f"bad{port}+" for port in range(10)]


async def test_an_address_may_wait_so_often(slow: Slow) -> None:
    """More are refused at once, with "try again" and when."""
    of = hashing.Hashing(1)
    asked = [_ask(of, f"192.0.2.1:{port}", str(port)) for port in range(hashing.LONGEST_EACH + 2)]
    await slow.wait_begun()
    with pytest.raises(refusals.Refusal, match="try again") as caught:
        await asked[-1]
    assert caught.value.info == {"retry-after-ms": 1000}
    slow.may_end.release(len(asked))
    await asyncio.gather(*asked[:-1])


async def test_where_all_wait_who_has_most_gives_way(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """One from an address of its own is let in, and one of the many is told to come back."""
    monkeypatch.setattr(hashing, "LONGEST", 3)
    of = hashing.Hashing(1)
    asked = [_ask(of, f"192.0.2.1:{port}", str(port)) for port in range(4)]
    await slow.wait_begun()
    other = _ask(of, "192.0.2.2:1", "other")
    with pytest.raises(refusals.Refusal, match="try again"):
        await asked[3]
    slow.may_end.release(4)
    assert await other == "other+"
    await asyncio.gather(*asked[:3])


async def test_whoever_goes_leaves_its_place(slow: Slow) -> None:
    """One that waits is forgotten; one that is being checked counts until it is; then all are let in."""
    of = hashing.Hashing(1)
    asked = [_ask(of, f"192.0.2.{number}:1", str(number)) for number in range(4)]
    await slow.wait_begun()
    for gone in (asked[0], asked[2]):
        gone.cancel()
    await asyncio.wait([asked[0], asked[2]])
    assert slow.begun == ["0"]
    slow.may_end.release(3)
    assert await asyncio.gather(asked[1], asked[3]) == ["1+", "3+"]
    assert slow.begun == ["0", "1", "3"]
    slow.may_end.release(1)
    assert await of.hash("192.0.2.9:1", "last", "+") == "last+"


async def test_a_turn_that_comes_as_one_goes_is_passed_on(slow: Slow) -> None:
    """Cancelled in the moment of its turn, it does not take the place with it."""
    of = hashing.Hashing(0)
    asked = _ask(of, "192.0.2.1:1", "gone")
    await asyncio.sleep(0)
    of._next()  # pyright: ignore[reportPrivateUsage] - as where a hash has ended
    asked.cancel()
    await asyncio.wait([asked])
    slow.may_end.release()
    assert await asyncio.wait_for(of.hash("192.0.2.9:1", "last", "+"), 10) == "last+"


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("192.0.2.1:4711", "192.0.2.1"),
        ("[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:ffff::]:1", "2001:db8:1:2::/64"),
        ("[fe80::1%eth0]:1", "fe80::/64"),
        ("[::ffff:192.0.2.1]:1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_an_address_is_a_host_or_its_network(remote: str, address: str) -> None:
    """Who has a network of IPv6 is one, however many addresses he takes from it."""
    assert hashing.address_of(remote) == address
