"""adapters.websocket_server.accepting: how many connections are begun at once, and which never."""

import asyncio
import contextlib
import errno
import logging
import pathlib
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from meterstatus.adapters.websocket_server import accepting, server

HOST = "127.0.0.1"
SILENT_SECONDS = 4.0
"""Long enough for what a test does with a silent client first."""
Dial = Callable[[int], list[socket.socket]]
Serve = Callable[[Callable[[socket.socket], Awaitable[None]]], accepting.Acceptor]


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that connections wait at."""
    (made,) = accepting.listen([(socket.AF_INET, (HOST, 0))], 100)
    yield made
    made.close()


@pytest.fixture
def dial_silently(listening: socket.socket) -> Iterator[Dial]:
    """Connects so many clients, which the kernel lets in at once."""
    with contextlib.ExitStack() as stack:
        yield lambda count: [
            stack.enter_context(socket.create_connection(listening.getsockname())) for _ in range(count)
        ]


@pytest.fixture
def dial(dial_silently: Dial) -> Dial:
    """Connects so many clients that speak at once."""

    def connect(count: int) -> list[socket.socket]:
        made = dial_silently(count)
        for client in made:
            client.sendall(b"hello")
        return made

    return connect


@pytest.fixture
async def serve(listening: socket.socket) -> AsyncIterator[Serve]:
    """Makes the acceptor."""
    made: list[accepting.Acceptor] = []

    def make(begin: Callable[[socket.socket], Awaitable[None]]) -> accepting.Acceptor:
        made.append(accepting.Acceptor([listening], begin, SILENT_SECONDS))
        return made[0]

    yield make
    for one in made:
        one.close()


class Begun:
    """Connections that were begun; each is under way until it is let go."""

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self.names: list[object] = []
        self.may_end = asyncio.Event()

    async def __call__(self, accepted: socket.socket) -> None:
        with accepted:
            self.sockets.append(accepted)
            self.names.append(accepted.getpeername())
            # What is unread when a socket is closed resets its connection.
            accepted.recv(100)
            await self.may_end.wait()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 # the kernel sets no event
            await asyncio.sleep(0.005)


def was_reset(client: socket.socket) -> bool:
    """Tell whether the other end has ended a connection at once."""
    client.settimeout(5)
    try:
        client.recv(1)
    except ConnectionResetError:
        return True
    return False


async def test_few_are_begun_at_once(monkeypatch: pytest.MonkeyPatch, dial: Dial, serve: Serve) -> None:
    """The others wait in the kernel until one of them is begun; in the end all are."""
    monkeypatch.setattr(accepting, "MAX_BEGINNING", 3)
    begun = Begun()
    dial(10)
    serve(begun)
    await until(lambda: len(begun.sockets) == 3)
    await asyncio.sleep(0.05)
    assert len(begun.sockets) == 3
    begun.may_end.set()
    await until(lambda: len(begun.sockets) == 10)


async def test_the_silent_keep_nobody_out(monkeypatch: pytest.MonkeyPatch, dial: Dial, serve: Serve) -> None:
    """One whose handshake takes long counts no more after a while, and is counted off only once."""
    monkeypatch.setattr(accepting, "MAX_BEGINNING", 3)
    monkeypatch.setattr(accepting, "BEGINNING_SECONDS", 0.02)
    begun = Begun()
    dial(9)
    serve(begun)
    await until(lambda: len(begun.sockets) == 9)
    begun.may_end.set()
    await asyncio.sleep(0.01)
    monkeypatch.setattr(accepting, "BEGINNING_SECONDS", 10)
    begun.may_end.clear()
    dial(9)
    await until(lambda: len(begun.sockets) == 12)
    await asyncio.sleep(0.05)
    assert len(begun.sockets) == 12
    begun.may_end.set()


async def test_who_speaks_is_begun_beside_any_number_of_silent_ones(
    monkeypatch: pytest.MonkeyPatch, dial: Dial, dial_silently: Dial, serve: Serve
) -> None:
    """Those take no place, are begun once they speak, and the oldest are reset where they are too many."""
    monkeypatch.setattr(accepting, "MAX_BEGINNING", 2)
    monkeypatch.setattr(accepting, "MAX_SILENT", 5)
    begun = Begun()
    serve(begun)
    silent = dial_silently(8)
    (honest,) = dial(1)
    await until(lambda: len(begun.sockets) == 1)
    assert begun.sockets[0].getpeername() == honest.getsockname()
    assert [await asyncio.to_thread(was_reset, client) for client in silent[:3]] == [True] * 3
    for client in silent[3:6]:
        client.sendall(b"hello")
    await until(lambda: len(begun.sockets) == 2)
    await asyncio.sleep(0.05)
    assert len(begun.sockets) == 2
    begun.may_end.set()
    await until(lambda: len(begun.sockets) == 4)
    names = [client.getsockname() for client in silent[3:6]]
    assert begun.names[1:] == names


async def test_the_connection_of_who_says_nothing_for_long_is_closed(
    dial_silently: Dial, serve: Serve
) -> None:
    """As whoever waits when it closes; one that leaves without a word costs nothing more."""
    begun = Begun()
    acceptor = serve(begun)
    (silent,) = dial_silently(1)
    assert await asyncio.to_thread(silent.recv, 1) == b""
    left, last = dial_silently(2)
    await asyncio.sleep(0.05)
    left.close()
    await asyncio.sleep(0.05)
    acceptor.close()
    assert await asyncio.to_thread(was_reset, last)
    assert not begun.sockets


async def test_who_waits_for_a_handshake_for_long_goes_for_the_newest(
    monkeypatch: pytest.MonkeyPatch, dial: Dial, dial_silently: Dial, serve: Serve
) -> None:
    """Where nobody is silent; whoever spoke last is begun."""
    monkeypatch.setattr(accepting, "MAX_BEGINNING", 2)
    monkeypatch.setattr(accepting, "MAX_SILENT", 1)
    begun = Begun()
    serve(begun)
    (waiting,) = dial_silently(1)
    await asyncio.sleep(0.02)
    dial(1)
    await until(lambda: len(begun.sockets) == 1)
    dial(1)
    await until(lambda: len(begun.sockets) == 2)
    waiting.sendall(b"hello")
    await asyncio.sleep(0.05)
    begun.may_end.set()
    await until(lambda: len(begun.sockets) == 3)


async def test_who_is_gone_is_not_begun(dial: Dial, serve: Serve) -> None:
    """A client that gave up while it waited costs no handshake."""
    begun = Begun()
    gone, there = dial(2)
    gone.close()
    serve(begun)
    await until(lambda: len(begun.sockets) == 1)
    assert begun.sockets[0].getpeername() == there.getsockname()
    begun.may_end.set()


async def test_who_has_waited_for_long_is_reset(
    monkeypatch: pytest.MonkeyPatch, dial: Dial, serve: Serve
) -> None:
    """With more there than can be begun it hears at once that it waits in vain, and the fresh are begun."""
    monkeypatch.setattr(accepting, "STALE_SECONDS", 1.0)
    monkeypatch.setattr(accepting, "MAX_BEGINNING", 1)
    begun = Begun()
    first, stale, talked = dial(3)
    await asyncio.sleep(1.2)
    talked.sendall(b"hello")  # what it says only now has not waited
    (fresh,) = dial(1)
    serve(begun)
    await until(lambda: len(begun.sockets) == 1)
    names = [begun.sockets[0].getpeername()]
    begun.may_end.set()
    await until(lambda: len(begun.sockets) == 3)
    assert names == [first.getsockname()]
    assert was_reset(stale)
    assert not was_reset(fresh)


async def test_a_busy_moment_turns_nobody_away(
    monkeypatch: pytest.MonkeyPatch, dial: Dial, serve: Serve
) -> None:
    """Whoever waited because this process did something else is begun: nobody fresh is kept out by it."""
    monkeypatch.setattr(accepting, "STALE_SECONDS", 0.05)
    begun = Begun()
    dial(5)
    await asyncio.sleep(0.2)
    serve(begun)
    await until(lambda: len(begun.sockets) == 5)
    begun.may_end.set()


async def test_a_reserve_of_descriptors_is_left(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, dial: Dial, serve: Serve
) -> None:
    """Without room a client is reset, which is said once; with room again, clients are let in."""
    monkeypatch.setattr(accepting, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(accepting, "RESERVE", 10**9)
    begun = Begun()
    clients = dial(2)
    with caplog.at_level(logging.WARNING):
        serve(begun)
        assert [await asyncio.to_thread(was_reset, client) for client in clients] == [True, True]
    assert len(caplog.records) == 1
    assert "no room for more connections" in caplog.text
    assert not begun.sockets
    monkeypatch.setattr(accepting, "RESERVE", 1)
    dial(1)
    await until(lambda: len(begun.sockets) == 1)
    begun.may_end.set()


class Exhausted(socket.socket):
    """A listening socket of a process that has no descriptor left, for a while."""

    tries = 0

    def accept(self) -> tuple[socket.socket, object]:
        self.tries += 1
        if self.tries < 3:
            raise OSError(errno.EMFILE, "too many open files")
        return super().accept()


async def test_without_a_descriptor_it_pauses(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It neither spins nor logs again and again, and goes on by itself."""
    monkeypatch.setattr(accepting, "PAUSE_SECONDS", 0.02)
    begun = Begun()
    with Exhausted() as listening, caplog.at_level(logging.WARNING):
        listening.setblocking(False)
        listening.bind((HOST, 0))
        listening.listen()
        acceptor = accepting.Acceptor([listening], begun, SILENT_SECONDS)
        with socket.create_connection(listening.getsockname()) as client:
            client.sendall(b"hello")
            await until(lambda: len(begun.sockets) == 1)
        acceptor.close()
    assert listening.tries <= 4
    assert len(caplog.records) == 1
    begun.may_end.set()


async def test_a_defect_in_one_ends_no_other(
    caplog: pytest.LogCaptureFixture, dial: Dial, serve: Serve
) -> None:
    """It is logged, and the next client is let in."""
    begun: list[socket.socket] = []

    async def begin(accepted: socket.socket) -> None:
        begun.append(accepted)
        accepted.close()
        if len(begun) == 1:
            raise RuntimeError("a defect")

    serve(begin)
    dial(2)
    await until(lambda: len(begun) == 2)
    await asyncio.sleep(0)
    assert "a connection could not be begun" in caplog.text


async def test_closed_it_listens_no_more(dial: Dial, serve: Serve, listening: socket.socket) -> None:
    """Nobody can connect any more, and closing again does nothing."""
    where = listening.getsockname()
    acceptor = serve(Begun())
    acceptor.close()
    acceptor.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(where)


def test_of_several_addresses_all_or_none_is_listened_on(listening: socket.socket) -> None:
    """Where one is taken nothing stays open; a chosen port is the same for all."""
    port = listening.getsockname()[1]
    with pytest.raises(OSError, match="Address already in use"):
        accepting.listen([(socket.AF_INET, ("127.0.0.2", 0)), (socket.AF_INET, (HOST, port))], 1)
    both = accepting.listen([(socket.AF_INET, (HOST, 0)), (socket.AF_INET, ("127.0.0.2", 0))], 1)
    assert len({one.getsockname()[1] for one in both}) == 1
    for one in both:
        one.close()


def test_the_kernel_is_asked_for_a_long_queue() -> None:
    """Thousands that come at once wait there; the kernel gives no more than its own limit."""
    (made,) = accepting.listen([(socket.AF_INET, (HOST, 0))], server.BACKLOG)
    with made:
        info = made.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32)
    queues = int(pathlib.Path("/proc/sys/net/core/somaxconn").read_text())
    # Of a socket that listens, the field of what was acknowledged out of order is the queue's length.
    assert int.from_bytes(info[28:32], sys.byteorder) == min(4096, queues)
