"""adapters.websocket_server.gate: what becomes of bytes before there is a WebSocket, and of what is held."""

import asyncio
import contextlib
import gc
import weakref
from collections.abc import AsyncIterator, Iterator

import pytest

from meterstatus.adapters import websocket_server
from meterstatus.adapters.websocket_server import gate, peer, server
from meterstatus.ports import transport

HOST = "127.0.0.1"
REQUEST = (
    b"GET /api HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
HELLO = b"\x81\x85\0\0\0\0hello"


class Conversation:
    """Keeps what it is told; admits its peer when asked to."""

    def __init__(self) -> None:
        self.peer: transport.Peer | None = None
        self.messages: list[bytes] = []
        self.ended = asyncio.Event()

    def connected(self, peer: transport.Peer) -> None:
        self.peer = peer

    def received(self, message: bytes) -> None:
        assert self.peer is not None
        if message == b"admit":
            self.peer.admit()
        self.messages.append(message)
        self.peer.send(b"x" * 4000)

    def closed(self) -> None:
        self.ended.set()


class Serving:
    """A server, and what became of its connections."""

    def __init__(self) -> None:
        self.conversations: list[Conversation] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.server: websocket_server.WebSocketServer

    def accept(self, request: transport.HTTPRequest) -> transport.Conversation | transport.HTTPAnswer:
        self.conversations.append(Conversation())
        return self.conversations[-1]

    async def dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(HOST, self.server.port)
        self.writers.append(writer)
        return reader, writer

    async def upgrade(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await self.dial()
        writer.write(REQUEST + b"\r\n")
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        return reader, writer


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    """A server with the limits of a controller's."""
    made = Serving()
    made.server = await websocket_server.serve(
        made.accept, host=HOST, port=0, ssl_context=None, max_message_bytes=4 * 1024 * 1024
    )
    yield made
    for writer in made.writers:
        writer.close()
    await made.server.close()


@pytest.fixture
def collector_off() -> Iterator[None]:
    """Switch the collector off: what is freed is freed by itself."""
    gc.disable()
    yield
    gc.enable()


async def _end(reader: asyncio.StreamReader) -> bytes:
    with contextlib.suppress(ConnectionError):
        return await asyncio.wait_for(reader.read(), 10)
    return b""


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
async def test_a_long_request_is_cut_off(serving: Serving, end: bytes) -> None:
    """Whether it ends or not: no more than eight KiB of it are kept."""
    reader, writer = await serving.dial()
    writer.write(REQUEST + b"X: " + b"x" * gate.MAX_REQUEST_BYTES + end)
    assert await _end(reader) == b""
    assert serving.conversations == []


async def test_a_request_may_come_in_pieces_and_with_a_message(serving: Serving) -> None:
    """A client that does not wait for the answer is read all the same."""
    reader, writer = await serving.dial()
    writer.write(REQUEST[:50])
    await writer.drain()
    await asyncio.sleep(0)
    writer.write(REQUEST[50:] + b"X: " + b"x" * 4000 + b"\r\n\r\n" + HELLO)
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    await asyncio.wait_for(reader.readexactly(4004), 10)
    assert serving.conversations[0].messages == [b"hello"]


async def test_a_stranger_says_little(serving: Serving) -> None:
    """A message over eight KiB ends the connection, by its length alone; once admitted, it does not."""
    reader, writer = await serving.upgrade()
    writer.write(b"\x81\xfe" + (server.MAX_STRANGERS_MESSAGE_BYTES + 1).to_bytes(2, "big"))
    assert await _end(reader) == b"\x88\x02" + (1009).to_bytes(2, "big")
    reader, writer = await serving.upgrade()
    writer.write(b"\x81\x85\0\0\0\0admit\x81\xfe" + (60_000).to_bytes(2, "big") + bytes(60_004))
    await asyncio.wait_for(reader.readexactly(2 * 4004), 10)
    assert [len(message) for message in serving.conversations[1].messages] == [5, 60_000]


async def test_strangers_together_hold_little(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where their unfinished messages take too much, the one that began first goes, and no one else."""
    monkeypatch.setattr(server, "STRANGERS_ROOM_BYTES", 10_000)
    small = await websocket_server.serve(
        serving.accept, host=HOST, port=0, ssl_context=None, max_message_bytes=4 * 1024 * 1024
    )
    serving.server, former = small, serving.server
    readers: list[asyncio.StreamReader] = []
    for _ in range(3):
        reader, writer = await serving.upgrade()
        writer.write(b"\x81\xfe" + (8000).to_bytes(2, "big") + bytes(4004))
        await writer.drain()
        readers.append(reader)
    assert await _end(readers[0]) == b""
    await asyncio.wait_for(serving.conversations[0].ended.wait(), 10)
    assert not serving.conversations[1].ended.is_set() and not serving.conversations[2].ended.is_set()
    await small.close(0)
    serving.server = former


@pytest.mark.usefixtures("collector_off")
async def test_nothing_is_left_of_a_connection(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its peer is gone with it, without the collector, whether a WebSocket came of it or not."""
    made: list[weakref.ref[peer.Peer]] = []
    original = peer.Peer.begin_handshake

    def begin(of: peer.Peer, protocol: object) -> None:
        made.append(weakref.ref(of))
        original(of, protocol)

    monkeypatch.setattr(peer.Peer, "begin_handshake", begin)
    _, upgraded = await serving.upgrade()
    upgraded.write(b"\x81\xfe" + (8000).to_bytes(2, "big") + bytes(4004))
    _, silent = await serving.dial()
    silent.write(REQUEST)
    await asyncio.gather(upgraded.drain(), silent.drain())
    async with asyncio.timeout(10):
        while len(made) < 2:  # noqa: ASYNC110 # the kernel sets no event
            await asyncio.sleep(0.005)
    for writer in (upgraded, silent):
        writer.transport.abort()
    for conversation in serving.conversations:
        await asyncio.wait_for(conversation.ended.wait(), 10)
        conversation.peer = None
    for _ in range(100):
        if all(of() is None for of in made):
            break
        await asyncio.sleep(0.01)
    assert [of() for of in made] == [None, None]
