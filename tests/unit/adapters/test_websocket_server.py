"""adapters.websocket_server: what a peer that is odd, rude or slow gets.

Without TLS, so that the bytes can be said; the promises under TLS are in tests/contract/test_websocket.py.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import websockets
from websockets.asyncio import client as websockets_client

from meterstatus.adapters import websocket_server
from meterstatus.ports import transport

MAX_BYTES = 100_000
HOST = "127.0.0.1"
UPGRADE = (
    b"GET /api HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: %s\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n"
)


class Echo:
    """A conversation that sends back what it gets, and keeps it."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.ends = 0
        self.ended = asyncio.Event()
        self.peer: transport.Peer | None = None

    def connected(self, peer: transport.Peer) -> None:
        self.peer = peer
        peer.admit()

    def received(self, message: bytes) -> None:
        assert self.peer is not None
        if message == b"raise":
            raise RuntimeError("a defect")
        self.messages.append(message)
        self.peer.send(message)

    def closed(self) -> None:
        self.ends += 1
        self.ended.set()


class Site:
    """Echoes at ``/api``, a defect at ``/defect``, plain answers elsewhere."""

    def __init__(self) -> None:
        self.echoes: list[Echo] = []

    def accept(self, request: transport.HTTPRequest) -> transport.Conversation | transport.HTTPAnswer:
        if request.path == "/health":
            return transport.HTTPAnswer(200, "running\n")
        if request.path == "/empty":
            return transport.HTTPAnswer(503, "")
        if request.path == "/defect":
            raise RuntimeError("a secret")
        self.echoes.append(Echo())
        return self.echoes[-1]


Open = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@pytest.fixture
def site() -> Site:
    """What the server serves."""
    return Site()


@pytest.fixture
async def server(site: Site) -> AsyncIterator[websocket_server.WebSocketServer]:
    """A server with small limits."""
    made = await websocket_server.serve(
        site.accept,
        host=HOST,
        port=0,
        ssl_context=None,
        max_message_bytes=MAX_BYTES,
        max_unsent_bytes=MAX_BYTES,
    )
    yield made
    await made.close()


@pytest.fixture
async def open_stream(server: websocket_server.WebSocketServer) -> AsyncIterator[Open]:
    """Opens plain connections, and closes them."""
    writers: list[asyncio.StreamWriter] = []

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(HOST, server.port)
        writers.append(writer)
        return reader, writer

    yield connect
    for writer in writers:
        writer.close()


async def _ask(open_stream: Open, request: bytes) -> bytes:
    """Send a request and return everything up to the end of the connection."""
    reader, writer = await open_stream()
    writer.write(request)
    return await asyncio.wait_for(reader.read(), 10)


async def _upgrade(
    open_stream: Open, connection: bytes = b"Upgrade", headers: bytes = b""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    reader, writer = await open_stream()
    writer.write(UPGRADE % (connection, headers))
    return reader, writer, await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)


def _frame(first: int, payload: bytes = b"") -> bytes:
    """Build a client's frame; the mask is all zeros, so the payload stands as it is."""
    if len(payload) < 126:
        return bytes([first, 0x80 | len(payload)]) + bytes(4) + payload
    return bytes([first, 0x80 | 126]) + len(payload).to_bytes(2, "big") + bytes(4) + payload


TEXT, BINARY, CONTINUATION, PING, CLOSE, FIN = 0x1, 0x2, 0x0, 0x9, 0x8, 0x80


@pytest.mark.parametrize(
    ("request_line", "status", "body"),
    [
        (b"GET /health HTTP/1.1", b"200 OK", b"running\n"),
        (b"GET /health?x=y HTTP/1.1", b"200 OK", b"running\n"),
        (b"GET /empty HTTP/1.1", b"503 Service Unavailable", b""),
    ],
)
async def test_a_plain_answer_needs_no_upgrade(
    open_stream: Open, request_line: bytes, status: bytes, body: bytes
) -> None:
    """A plain request gets its status, its text and the end of the connection."""
    answer = await _ask(open_stream, request_line + b"\r\nHost: x\r\n\r\n")
    head, _, found = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status)
    assert b"Content-Type: text/plain; charset=utf-8" in head
    assert b"Content-Length: %d" % len(body) in head
    assert found == body


async def test_a_defect_in_accept_is_logged_and_not_told(
    open_stream: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """The client learns that something failed, the log learns what."""
    answer = await _ask(open_stream, b"GET /defect HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"secret" not in answer
    assert "a secret" in caplog.text


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET /api HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api HTTP/1.1\r\nHost: x\r\n\r\n",
        b"nonsense\r\n\r\n",
        UPGRADE % (b"keep-alive", b""),
    ],
)
async def test_what_is_no_upgrade_is_refused(site: Site, open_stream: Open, request_text: bytes) -> None:
    """A request for a conversation that is no WebSocket's gets 400, and the conversation never begins."""
    assert (await _ask(open_stream, request_text)).startswith(b"HTTP/1.1 400 ")
    assert all(echo.peer is None and echo.ends == 0 for echo in site.echoes)


@pytest.mark.parametrize("connection", [b"Upgrade", b"keep-alive, Upgrade", b"upgrade,keep-alive"])
async def test_a_browsers_connection_header_is_taken(open_stream: Open, connection: bytes) -> None:
    """The header may be a list, as Firefox sends it."""
    _, _, head = await _upgrade(open_stream, connection)
    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head


async def test_compression_is_not_taken_up(open_stream: Open) -> None:
    """An offer of permessage-deflate is passed over in silence."""
    _, _, head = await _upgrade(
        open_stream, headers=b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    )
    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"xtensions" not in head


async def test_text_binary_and_fragments_are_messages(site: Site, open_stream: Open) -> None:
    """Each whole message arrives once, in order, pings between fragments answered at once."""
    reader, writer, _ = await _upgrade(open_stream)
    writer.write(_frame(FIN | TEXT, b"text") + _frame(FIN | BINARY, b"binary"))
    writer.write(_frame(TEXT, b"frag") + _frame(FIN | PING, b"p") + _frame(CONTINUATION, b"men"))
    writer.write(_frame(FIN | CONTINUATION, b"ted") + _frame(FIN | TEXT, b""))
    expected = b"\x81\x04text" + b"\x81\x06binary" + b"\x8a\x01p" + b"\x81\x0afragmented" + b"\x81\x00"
    assert await asyncio.wait_for(reader.readexactly(len(expected)), 10) == expected
    assert site.echoes[0].messages == [b"text", b"binary", b"fragmented", b""]


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (_frame(FIN | CONTINUATION, b"x"), 1002),
        (_frame(TEXT, b"x") + _frame(FIN | TEXT, b"y"), 1002),
        (_frame(FIN | 0x40 | TEXT, b"x"), 1002),
        (_frame(FIN | 0x3, b"x"), 1002),
        (b"\x81\x01x", 1002),
        (_frame(TEXT, b"x" * 60_000) + _frame(FIN | CONTINUATION, b"x" * 60_000), 1009),
        (bytes([FIN | TEXT, 0x80 | 127]) + (MAX_BYTES + 1).to_bytes(8, "big") + bytes(4), 1009),
    ],
)
async def test_a_breach_of_the_protocol_ends_the_connection(
    site: Site, open_stream: Open, frames: bytes, code: int
) -> None:
    """The peer gets the code and the end; nothing of the breach, nor what follows it, is delivered."""
    reader, writer, _ = await _upgrade(open_stream)
    writer.write(frames)
    answer = await asyncio.wait_for(reader.readexactly(4), 10)
    assert answer[0] == FIN | CLOSE
    assert int.from_bytes(answer[2:4], "big") == code
    # The rest of what was announced too long, at once, and then another message.
    writer.write(bytes(MAX_BYTES + 1) + _frame(FIN | TEXT, b"afterwards"))
    with contextlib.suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 10)
    await asyncio.wait_for(site.echoes[0].ended.wait(), 10)
    assert site.echoes[0].messages == []
    assert site.echoes[0].ends == 1


async def test_a_defect_in_a_conversation_ends_its_connection(
    site: Site, open_stream: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and costs this connection only."""
    reader, writer, _ = await _upgrade(open_stream)
    writer.write(_frame(FIN | TEXT, b"raise"))
    await asyncio.wait_for(reader.read(), 10)
    await asyncio.wait_for(site.echoes[0].ended.wait(), 10)
    assert "a defect" in caplog.text


async def test_a_close_frame_is_empty_and_comes_last(site: Site, open_stream: Open) -> None:
    """Closing sends what was queued, an empty close frame and the end; afterwards nothing is sent."""
    reader, _, _ = await _upgrade(open_stream)
    (echo,) = site.echoes
    assert echo.peer is not None
    echo.peer.send(b"last")
    echo.peer.close()
    echo.peer.send(b"never")
    echo.peer.close()
    assert await asyncio.wait_for(reader.read(), 10) == b"\x81\x04last\x88\x00"
    await asyncio.wait_for(echo.ended.wait(), 10)
    echo.peer.send(b"never")
    echo.peer.close()
    assert (echo.peer.unsent_bytes(), echo.ends) == (0, 1)


async def test_a_peers_close_is_answered(site: Site, open_stream: Open) -> None:
    """The close handshake is completed."""
    reader, writer, _ = await _upgrade(open_stream)
    writer.write(_frame(FIN | CLOSE, (1000).to_bytes(2, "big")))
    assert await asyncio.wait_for(reader.read(), 10) == b"\x88\x00"
    await asyncio.wait_for(site.echoes[0].ended.wait(), 10)


async def test_a_peer_that_vanishes_is_noticed(site: Site, open_stream: Open) -> None:
    """A connection that just ends is an end like any other."""
    _, writer, _ = await _upgrade(open_stream)
    writer.transport.abort()
    await asyncio.wait_for(site.echoes[0].ended.wait(), 10)
    assert site.echoes[0].ends == 1


async def test_a_slow_reader_is_dropped(
    server: websocket_server.WebSocketServer, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """With too much unsent, the next message ends the connection; memory is bounded."""
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, (HOST, server.port))
        await loop.sock_sendall(slow, UPGRADE % (b"Upgrade", b""))
        await asyncio.wait_for(loop.sock_recv(slow, 4096), 10)
        (echo,) = site.echoes
        assert echo.peer is not None
        most = 0
        while "dropping" not in caplog.text:
            echo.peer.send(b"x" * 50_000)
            most = max(most, echo.peer.unsent_bytes())
        await asyncio.wait_for(echo.ended.wait(), 10)
        assert MAX_BYTES < most <= MAX_BYTES + 50_010


async def test_pings_without_end_do_not_fill_memory(
    server: websocket_server.WebSocketServer, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """A peer that asks for pongs and takes none is dropped as well."""
    with socket.socket() as rude:
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        rude.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(rude, (HOST, server.port))
        await loop.sock_sendall(rude, UPGRADE % (b"Upgrade", b""))
        await asyncio.wait_for(loop.sock_recv(rude, 4096), 10)
        endless = _frame(FIN | PING, b"x" * 125) * 500_000
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(loop.sock_sendall(rude, endless), 30)
        await asyncio.wait_for(site.echoes[0].ended.wait(), 10)
        assert "dropping" in caplog.text


async def test_a_silent_client_is_dropped(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Who connects and asks nothing loses the connection, and is no error in the log."""
    hasty = await websocket_server.serve(
        site.accept, host=HOST, port=0, ssl_context=None, max_message_bytes=MAX_BYTES, handshake_seconds=0.1
    )
    reader, writer = await asyncio.open_connection(HOST, hasty.port)
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    await hasty.close()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_connection_that_was_made_may_be_silent(
    open_stream: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is for the handshake only."""
    reader, writer, _ = await _upgrade(open_stream)
    loop = asyncio.get_running_loop()
    now = loop.time
    monkeypatch.setattr(loop, "time", lambda: now() + 3600)  # whatever was to be done by then is done
    await asyncio.sleep(0.01)
    writer.write(_frame(FIN | TEXT, b"x"))
    assert await asyncio.wait_for(reader.readexactly(3), 10) == b"\x81\x01x"


async def test_closing_cuts_those_that_do_not_go(site: Site, open_stream: Open) -> None:
    """A peer that takes nothing is cut after the grace, and the server has no connection left."""
    server = await websocket_server.serve(
        site.accept, host=HOST, port=0, ssl_context=None, max_message_bytes=MAX_BYTES
    )
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(stuck, (HOST, server.port))
        await loop.sock_sendall(stuck, UPGRADE % (b"Upgrade", b""))
        await asyncio.wait_for(loop.sock_recv(stuck, 4096), 10)
        (echo,) = site.echoes
        assert echo.peer is not None
        echo.peer.send(b"x" * 10_000_000)
        await asyncio.wait_for(server.close(grace_seconds=0.05), 10)
        await asyncio.wait_for(echo.ended.wait(), 10)
        await server.close()


async def test_accepting_can_stop_alone(server: websocket_server.WebSocketServer, open_stream: Open) -> None:
    """What was accepted goes on while nobody new gets in."""
    reader, writer, _ = await _upgrade(open_stream)
    server.stop_accepting()
    server.stop_accepting()
    with pytest.raises(OSError, match="Connect call failed"):
        await open_stream()
    writer.write(_frame(FIN | TEXT, b"x"))
    assert await asyncio.wait_for(reader.readexactly(3), 10) == b"\x81\x01x"


async def test_an_address_in_use_is_an_error(server: websocket_server.WebSocketServer, site: Site) -> None:
    """A port that is taken is told as it is."""
    with pytest.raises(OSError, match="in use"):
        await websocket_server.serve(
            site.accept, host=HOST, port=server.port, ssl_context=None, max_message_bytes=MAX_BYTES
        )


async def test_the_websockets_package_gets_fragments_and_pings_through(
    server: websocket_server.WebSocketServer,
) -> None:
    """An independent client with compression offered, fragments, binary frames and pings is served."""
    async with websockets_client.connect(f"ws://{HOST}:{server.port}/api", close_timeout=1) as ws:
        await ws.send(["frag", "men", "ted"])
        assert await ws.recv() == "fragmented"
        await ws.send(b"binary")
        assert await ws.recv() == "binary"
        await (await ws.ping())
        assert ws.response is not None
        assert "Sec-WebSocket-Extensions" not in ws.response.headers
    with pytest.raises(websockets.ConnectionClosed):
        await ws.recv()
