"""The agent's end, on real sockets: what is told, and what becomes of those who do not listen."""

import asyncio
import contextlib
import errno
import json
import logging
import socket
from collections.abc import AsyncGenerator, Mapping

import pytest

from meterstatus.adapters import introspection
from meterstatus.adapters.introspection import server as servers

ANSWER: Mapping[str, object] = {"version": 1, "units": {}}
HUGE: Mapping[str, object] = {"text": "x" * 10_000_000}
"""More than the kernel keeps for a reader who does not read."""


@contextlib.asynccontextmanager
async def listening(
    address: introspection.Address, describe: servers.Describe = lambda: ANSWER
) -> AsyncGenerator[None]:
    server = introspection.IntrospectionServer.open(address, describe)
    try:
        yield
    finally:
        await server.close()


async def connect(address: introspection.Address) -> socket.socket:
    visitor = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # In a thread: the loop's own sock_connect takes a full queue for a connection.
    await asyncio.to_thread(visitor.connect, address.name)
    visitor.setblocking(False)
    return visitor


async def read(visitor: socket.socket) -> bytes:
    """Return all that comes until the end of the connection."""
    loop, found = asyncio.get_running_loop(), bytearray()
    with visitor:
        while piece := await loop.sock_recv(visitor, 2**16):
            found += piece
    return bytes(found)


async def test_one_document_and_the_end(address: introspection.Address) -> None:
    """A visitor is told one JSON object without asking, and the connection ends; so is the next."""
    async with listening(address):
        for _ in range(2):
            assert json.loads(await read(await connect(address))) == ANSWER


async def test_it_is_told_as_it_is_then(address: introspection.Address) -> None:
    """Each visitor is told what is true when it comes."""
    count = iter(range(9))
    async with listening(address, lambda: {"count": next(count)}):
        assert [json.loads(await read(await connect(address)))["count"] for _ in range(3)] == [0, 1, 2]


async def test_a_name_is_taken_once(address: introspection.Address) -> None:
    """A second agent of the directory is told that the name is in use; after the end it is free at once."""
    async with listening(address):
        with pytest.raises(OSError, match="in use") as caught:
            introspection.IntrospectionServer.open(address, lambda: ANSWER)
        assert caught.value.errno == errno.EADDRINUSE
    async with listening(address):
        pass


async def test_who_does_not_listen_is_left(
    address: introspection.Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Visitors who take nothing fill the room for a limited time only; then others are told."""
    monkeypatch.setattr(servers, "ANSWER_SECONDS", 0.2)
    answers = iter([HUGE] * servers.ROOM)
    async with listening(address, lambda: next(answers, ANSWER)):
        with contextlib.ExitStack() as hanging:
            for _ in range(servers.ROOM):
                hanging.enter_context(await connect(address))
            assert json.loads(await read(await connect(address))) == ANSWER


async def test_who_leaves_early_harms_nobody(address: introspection.Address) -> None:
    """A visitor that goes before it was told leaves no trace, and the next is told."""
    answers = iter([HUGE] * 2 * servers.ROOM)
    async with listening(address, lambda: next(answers, ANSWER)):
        for _ in range(2 * servers.ROOM):
            (await connect(address)).close()
        assert json.loads(await read(await connect(address))) == ANSWER


async def test_nobody_holds_up_the_end(address: introspection.Address) -> None:
    """Closing leaves a visitor who takes nothing, at once, in the middle of what it is told."""
    async with listening(address, lambda: HUGE):
        hanging = await connect(address)
        assert await asyncio.get_running_loop().sock_recv(hanging, 1) == b"{"
    assert len(await read(hanging)) < len(json.dumps(HUGE)) - 1


async def test_no_more_are_told_at_once_than_there_is_room_for(address: introspection.Address) -> None:
    """A visitor that finds no room waits until another leaves, and its status is not even made before."""
    answers, told = iter([HUGE] * servers.ROOM), 0

    def describe() -> Mapping[str, object]:
        nonlocal told
        told += 1
        return next(answers, ANSWER)

    async with listening(address, describe):
        with contextlib.ExitStack() as hanging:
            for _ in range(servers.ROOM):
                visitor = hanging.enter_context(await connect(address))
                assert await asyncio.get_running_loop().sock_recv(visitor, 1) == b"{"
            late = await connect(address)
            for _ in range(50):  # turns of the loop: it is in the kernel's queue already
                await asyncio.sleep(0)
            assert told == servers.ROOM
        assert json.loads(await read(late)) == ANSWER


async def test_a_status_that_cannot_be_told_is_logged(
    address: introspection.Address, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect in what is told ends that visit with a word in the log, and nothing else."""
    answers = iter([object(), "fine"])
    async with listening(address, lambda: {"value": next(answers)}):
        assert await read(await connect(address)) == b""
        assert json.loads(await read(await connect(address))) == {"value": "fine"}
    assert "the agent's status cannot be told: TypeError" in caplog.text


async def test_want_of_descriptors_is_waited_out(
    address: introspection.Address, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A visitor that cannot be let in is let in later; it is logged once in a row."""
    monkeypatch.setattr(servers, "PAUSE_SECONDS", 0.01)
    loop = asyncio.get_running_loop()
    accept, failures = loop.sock_accept, [OSError(errno.EMFILE, "Too many open files")] * 3

    async def failing(listening: socket.socket) -> tuple[socket.socket, object]:
        if failures:
            raise failures.pop()
        return await accept(listening)

    monkeypatch.setattr(loop, "sock_accept", failing)
    with caplog.at_level(logging.WARNING):
        async with listening(address):
            assert json.loads(await read(await connect(address))) == ANSWER
    assert caplog.text.count("is not let in: Too many open files") == 1
