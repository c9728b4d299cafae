"""adapters.hook_runner.hook_tools.server: real sockets, and callers that mean harm (B-22, B-30)."""

import asyncio
import contextlib
import datetime
import logging
import os
import socket
from collections.abc import Sequence
from typing import Any

import pytest

from meterstatus.adapters.hook_runner.hook_tools import server
from meterstatus.domain.hook import hook_tools
from meterstatus.domain.hook.hook_tools import wire
from meterstatus.runtime import peer
from meterstatus.testing import manual_clock

LIMIT = 15


def request(context: str, name: str, *arguments: str) -> bytes:
    return wire.pack([b"1", context.encode(), name.encode(), b"", b"", *map(str.encode, arguments)])


async def connect(unit: Any) -> socket.socket:
    caller = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    await asyncio.to_thread(caller.connect, str(unit.socket))
    caller.setblocking(False)
    return caller


async def ask(unit: Any, message: bytes) -> Sequence[bytes]:
    """Send bytes and return the fields of the answer; none where the agent hung up, however early."""
    loop = asyncio.get_running_loop()
    with await connect(unit) as caller:
        async with asyncio.timeout(LIMIT):
            with contextlib.suppress(ConnectionError):
                await loop.sock_sendall(caller, message)
            return wire.unpack((await read(caller))[4:])


async def read(caller: socket.socket) -> bytes:
    found = bytearray()
    with contextlib.suppress(ConnectionError):
        while piece := await asyncio.get_running_loop().sock_recv(caller, 2**16):
            found += piece
    return bytes(found)


def context_of(unit: Any) -> str:
    return unit.environment["JUJU_CONTEXT_ID"]


async def test_silent_callers_hold_nobody(unit: Any) -> None:
    """Nothing said, half a request, an answer not taken: the next is answered, with no time gone by."""
    async with unit.serving(manual_clock.ManualClock()):
        with contextlib.ExitStack() as hanging:
            for said in (b"", b"\0\0", b"\0\0\1\0half", request(context_of(unit), "k" * 900_000)):
                caller = hanging.enter_context(await connect(unit))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await asyncio.get_running_loop().sock_sendall(caller, said)
            assert (await ask(unit, request(context_of(unit), "status-get")))[1] == b"unknown\n"


async def test_a_caller_has_a_limited_time(unit: Any) -> None:
    """Who has not said what it wants by then is hung up on, and not before."""
    clock = manual_clock.ManualClock()
    async with unit.serving(clock):
        with await connect(unit) as caller:
            await ask(unit, request(context_of(unit), "status-get"))  # so the silent one is in as well
            await clock.advance(server.CALL_LIMIT - datetime.timedelta(microseconds=1))
            with pytest.raises(BlockingIOError):
                caller.recv(1)
            await clock.advance(datetime.timedelta(microseconds=1))
            async with asyncio.timeout(LIMIT):
                assert await read(caller) == b""


async def test_too_many_callers(unit: Any) -> None:
    """The one that has been there longest makes room, so that there is always an answer for one more."""
    async with unit.serving(manual_clock.ManualClock()):
        with contextlib.ExitStack() as hanging:
            callers = [hanging.enter_context(await connect(unit)) for _ in range(server.ROOM)]
            assert (await ask(unit, request(context_of(unit), "status-get")))[0] == b"0"
            async with asyncio.timeout(LIMIT):
                assert await read(callers[0]) == b""
            with pytest.raises(BlockingIOError):
                callers[-1].recv(1)


async def test_a_crowd_is_answered(unit: Any) -> None:
    """Many more calls at once than there is room for are all answered: none is sent away for another."""
    async with unit.serving():
        calls = [ask(unit, request(context_of(unit), "juju-log", str(number))) for number in range(60)]
        assert [answer[0] for answer in await asyncio.gather(*calls)] == [b"0"] * 60
    assert sorted(int(record.text) for record in unit.records) == list(range(60))


async def test_the_end_waits_for_nobody(unit: Any) -> None:
    """A caller that stays connected does not hold the hook's end, and learns of it (B-30)."""
    with contextlib.ExitStack() as hanging:
        async with unit.serving(manual_clock.ManualClock()):
            caller = hanging.enter_context(await connect(unit))
            await ask(unit, request(context_of(unit), "status-get"))
        async with asyncio.timeout(LIMIT):
            assert await read(caller) == b""
    assert not unit.socket.exists()


async def test_what_is_no_call_is_refused(unit: Any) -> None:
    """Other protocols and too long a request get words, and the server lives on."""
    async with unit.serving():
        assert b"more than 1024 KiB" in (await ask(unit, b"GET / HTTP/1.1\r\n\r\n"))[2]
        assert b"not a hook tool" in (await ask(unit, b"\0\0\0\0"))[2]
        assert (await ask(unit, request(context_of(unit), "status-get")))[0] == b"0"


async def test_a_call_that_fails_in_the_agent_ends_nothing(
    unit: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller is told, the log says what it was, and the next is answered (B-22)."""

    def fail(record: hook_tools.Record) -> None:
        raise ZeroDivisionError(record.text)

    async with unit.serving(log=fail):
        answer = await ask(unit, request(context_of(unit), "juju-log", "hello"))
        assert (await ask(unit, request(context_of(unit), "status-get")))[0] == b"0"
    assert answer[0] == b"1"
    assert answer[2] == b"ERROR juju-log failed in the agent, whose log says how\n"
    assert "ZeroDivisionError: hello" in caplog.text


async def test_another_user_gets_nothing(unit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel says who calls; whoever is neither root nor the agent's user is hung up on (B-23)."""

    def another(_visitor: socket.socket) -> peer.Peer:
        return peer.Peer(os.getpid(), os.geteuid() + 1)

    monkeypatch.setattr(peer, "of", another)
    async with unit.serving():
        assert await ask(unit, request(context_of(unit), "juju-log", "hello")) == []
    assert unit.records == []


async def test_a_caller_that_cannot_be_let_in(
    unit: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without descriptors there is a warning and a pause, and then the call is answered."""
    caplog.set_level(logging.WARNING)
    loop = asyncio.get_running_loop()
    accept, failures = loop.sock_accept, [OSError(24, "Too many open files")]

    async def sock_accept(listening: socket.socket) -> Any:
        if failures:
            raise failures.pop()
        return await accept(listening)

    monkeypatch.setattr(loop, "sock_accept", sock_accept)
    clock = manual_clock.ManualClock()
    async with unit.serving(clock):
        call = asyncio.create_task(ask(unit, request(context_of(unit), "status-get")))
        await asyncio.sleep(0)
        await clock.advance(server.PAUSE)
        assert (await call)[0] == b"0"
    assert "Too many open files" in caplog.text
