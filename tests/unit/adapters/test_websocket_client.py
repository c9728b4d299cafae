"""adapters.websocket_client: what it says, and what it makes of servers that are odd, rude or slow."""

import asyncio
import base64
import datetime
import gc
import hashlib
import pathlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import trustme
from websockets.asyncio import server as websockets_server

from meterstatus import errors
from meterstatus.adapters import websocket_client
from meterstatus.adapters.files import certificates
from meterstatus.ports import connection

HOST = "127.0.0.1"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, 1.3."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    """The controller's CA."""
    return trustme.CA()


@pytest.fixture
def pem(ca: trustme.CA) -> str:
    """The CA as an endpoint has it."""
    return ca.cert_pem.bytes().decode()


@pytest.fixture
def server_context(ca: trustme.CA) -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("juju-apiserver").configure_cert(context)  # pyright: ignore[reportUnknownMemberType] # theirs
    return context


class Raw:
    """A TLS server that hands its connections to a function, and counts those that are open."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.accepted = 0

    async def start(self, context: ssl.SSLContext | None) -> str:
        """Listen and return the address."""
        self._server = await asyncio.start_server(self._run, HOST, 0, ssl=context)
        return f"{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def _run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def stop(self) -> None:
        """End it with all that is open."""
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


RawAt = Callable[[Serve], Awaitable[str]]


@pytest.fixture
async def raw(server_context: ssl.SSLContext) -> AsyncIterator[RawAt]:
    """Starts raw servers and stops them."""
    servers: list[Raw] = []

    async def start(serve: Serve) -> str:
        servers.append(Raw(serve))
        return await servers[-1].start(server_context)

    yield start
    for server in servers:
        await server.stop()


async def _dial(address: str, pem: str, path: str = "/api", **limits: Any) -> connection.APIConnection:
    dialer: connection.Dialer = websocket_client.WebSocketDialer(**limits)
    return await dialer.dial(connection.Endpoint(address, path, pem))


def _saying(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return serve


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 503 x\r\nContent-Length: 9\r\n\r\nstopping\n", "it answered HTTP 503: stopping"),
        (b"HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n", "it answered HTTP 404"),
        (b"HTTP/1.1 400 x\r\nConnection: close\r\n\r\ntwo\r\nlines", "it answered HTTP 400: two lines"),
        (b"HTTP/1.1 400 x\r\nConnection: close\r\n\r\n" + b"y" * 5000, f"it answered HTTP 400: {'y' * 200}"),
        (b"HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", "it answered HTTP 302"),
        (b"220 mail.example ESMTP\r\n\r\n", "it does not speak WebSocket: Bad HTTP message"),
        (
            b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
            "it does not speak WebSocket: Bad accept token",
        ),
        (b"HTTP/1.1 101 x\r\nConnection: \xff\r\n\r\n", "codec can't decode"),
        (b"", "the connection was closed during the handshake"),
    ],
)
async def test_what_is_no_websocket_is_said_in_one_sentence(
    raw: RawAt, pem: str, answer: bytes, said: str
) -> None:
    """The error names the address and what was there instead."""
    address = await raw(_saying(answer))
    with pytest.raises(errors.ConnectFailedError) as raised:
        await _dial(address, pem)
    text = str(raised.value)
    assert text.startswith(f"cannot connect to {address}: ")
    assert said in text
    assert "\n" not in text
    assert raised.value.__cause__ is not None


async def test_a_refused_connection_is_said() -> None:
    """Nobody listens."""
    with socket.socket() as closed:
        closed.bind((HOST, 0))
        address = f"{HOST}:{closed.getsockname()[1]}"
        with pytest.raises(errors.ConnectFailedError, match=f"cannot connect to {address}: .*refused"):
            await _dial(address, trustme.CA().cert_pem.bytes().decode())


async def test_an_unknown_host_is_said(pem: str) -> None:
    """A name that nobody has (RFC 6761 keeps this one unknown) fails as itself."""
    with pytest.raises(errors.ConnectFailedError, match=r"cannot connect to nowhere\.invalid:17070: .+"):
        await _dial("nowhere.invalid:17070", pem)


@pytest.mark.parametrize(
    "address", ["", "host", ":17070", "host:", "host:http", "host:99999", "host:\u0661", "[]:1"]
)
async def test_an_address_that_is_none_is_said(pem: str, address: str) -> None:
    """Nothing is dialled for it."""
    with pytest.raises(errors.ConnectFailedError, match=r"the address is not host:port\Z"):
        await _dial(address, pem)


@pytest.mark.parametrize("path", ["api", "/a b", "/a\r\nX: y", "/\u00e4"])
async def test_a_path_that_is_none_is_said(raw: RawAt, pem: str, path: str) -> None:
    """Nothing that could break the request goes into it."""
    address = await raw(_saying(b""))
    with pytest.raises(errors.ConnectFailedError, match="is not a path"):
        await _dial(address, pem, path)


@pytest.mark.parametrize(
    "damaged", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"]
)
async def test_a_damaged_ca_is_said(damaged: str) -> None:
    """What cannot be read cannot be trusted."""
    with pytest.raises(errors.ConnectFailedError, match="the CA certificate to trust cannot be read"):
        await _dial(f"{HOST}:1", damaged)


async def test_an_untrusted_certificate_is_said(raw: RawAt) -> None:
    """The reason is the certificate's, not a number's."""
    address = await raw(_saying(b""))
    other = trustme.CA().cert_pem.bytes().decode()
    with pytest.raises(errors.ConnectFailedError, match="its certificate is not trusted: unable to get"):
        await _dial(address, other)


async def _made(at: datetime.datetime, folder: pathlib.Path) -> tuple[str, ssl.SSLContext]:
    """Return the authority and the server's side of a controller that was made at a time."""
    authority = certificates.make_authority("test", at)
    server = certificates.make_server_certificate(authority, [HOST], at)
    (folder / "chain").write_text(server.chain)
    (folder / "key").write_text(server.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain", folder / "key")
    return authority.certificate, context


@pytest.mark.parametrize(
    ("made", "latest", "refused"),
    [
        (datetime.timedelta(days=20000), None, False),
        (datetime.timedelta(days=20000), datetime.timedelta(days=20001), False),
        (datetime.timedelta(days=20000), datetime.timedelta(days=25000), True),
        (datetime.timedelta(days=-4000), None, True),
    ],
    ids=["clock behind", "clock behind, known", "clock behind, known to have expired", "expired"],
)
async def test_a_certificate_is_judged_by_the_latest_time_that_is_known(
    tmp_path: pathlib.Path,
    made: datetime.timedelta,
    latest: datetime.timedelta | None,
    refused: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One that is not good yet refuses nobody, for the clock may be wrong; the log says that it is."""
    now = datetime.datetime.now(datetime.UTC)
    pem, context = await _made(now + made, tmp_path)
    server = await asyncio.start_server(_accept, HOST, 0, ssl=context)
    address = f"{HOST}:{server.sockets[0].getsockname()[1]}"
    known = None if latest is None else now + latest
    endpoint = connection.Endpoint(address, "/api", pem, lambda: known)
    async with server:
        if refused:
            with pytest.raises(errors.ConnectFailedError, match="is not trusted: it was good until"):
                await websocket_client.WebSocketDialer().dial(endpoint)
        else:
            await (await websocket_client.WebSocketDialer().dial(endpoint)).close()
    assert ("the wall clock is behind" in caplog.text) is not refused


async def test_a_server_without_tls_is_said(pem: str) -> None:
    """Plain text is never sent, and never taken."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()

    server = Raw(serve)
    address = await server.start(None)
    with pytest.raises(errors.ConnectFailedError, match="TLS failed"):
        await _dial(address, pem)
    assert heard[0].startswith(b"\x16\x03")
    await server.stop()


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def test_a_server_that_says_nothing_is_given_up(raw: RawAt, pem: str) -> None:
    """The handshake has a limit of its own."""
    address = await raw(_silent)
    with pytest.raises(errors.ConnectFailedError, match=r"it did not answer in time\Z"):
        await _dial(address, pem, handshake_seconds=0.2)


async def test_a_cancelled_dial_leaves_no_socket(pem: str, server_context: ssl.SSLContext) -> None:
    """Whether cancelled in TLS or in HTTP, the server sees the end and nothing leaks here."""
    for context in (None, server_context):
        started = asyncio.Event()
        ended = asyncio.Event()

        async def serve(
            reader: asyncio.StreamReader,
            writer: asyncio.StreamWriter,
            started: asyncio.Event = started,
            ended: asyncio.Event = ended,
        ) -> None:
            await reader.read(100)
            started.set()
            await reader.read()
            ended.set()

        server = Raw(serve)
        address = await server.start(context)
        dialling = asyncio.ensure_future(_dial(address, pem))
        await asyncio.wait_for(started.wait(), 10)
        dialling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dialling
        await asyncio.wait_for(ended.wait(), 10)
        await server.stop()
    gc.collect()  # a socket left open warns now, and a warning is an error


async def _accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    key = next(line for line in head.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key: "))[19:]
    accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
    writer.write(b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
    writer.write(b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")


class Talker:
    """A WebSocket server whose test does the talking."""

    def __init__(self) -> None:
        self.connections: asyncio.Queue[websockets_server.ServerConnection] = asyncio.Queue()
        self.done = asyncio.Event()

    async def serve(self, ws: websockets_server.ServerConnection) -> None:
        self.connections.put_nowait(ws)
        await self.done.wait()


@pytest.fixture
async def talk(
    server_context: ssl.SSLContext, pem: str
) -> AsyncIterator[tuple[connection.APIConnection, websockets_server.ServerConnection]]:
    """A connection of ours, with small limits, and the server's end of it."""
    talker = Talker()
    async with websockets_server.serve(
        talker.serve, HOST, 0, ssl=server_context, close_timeout=1, max_size=None
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        api = await _dial(f"{HOST}:{port}", pem, max_message_bytes=1000)
        yield api, await talker.connections.get()
        await api.close()
        talker.done.set()


Talk = tuple[connection.APIConnection, websockets_server.ServerConnection]


async def test_the_request_is_plain(talk: Talk) -> None:
    """No compression, no subprotocol, no origin; the address as Host."""
    api, ws = talk
    assert ws.request is not None
    headers = ws.request.headers
    assert headers["Host"] == f"{HOST}:{ws.local_address[1]}"
    assert not {"Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol", "Origin"} & set(headers)
    assert api is not None


async def test_messages_are_text(talk: Talk) -> None:
    """Requests go out as text frames, which every server reads."""
    api, ws = talk
    call = asyncio.ensure_future(api.call("A", 1, "b"))
    assert isinstance(await ws.recv(), str)
    await ws.send('{"request-id": 1, "response": {}}')
    assert await call == {}


async def test_fragments_and_binary_are_messages(talk: Talk) -> None:
    """An answer may come in pieces, with a ping between them, and in binary frames."""
    api, ws = talk
    call = asyncio.ensure_future(api.call("A", 1, "b"))
    await ws.recv()

    async def pieces() -> AsyncIterator[str]:
        yield '{"request-id": 1, "resp'
        await (await ws.ping())
        yield 'onse": {"\u00e4": 1}}'

    await ws.send(pieces())
    assert await call == {"\u00e4": 1}
    call = asyncio.ensure_future(api.call("A", 1, "b"))
    await ws.recv()
    await ws.send([b'{"request-id": 2, ', b'"response": {}}'])
    assert await call == {}


async def test_pings_are_answered(talk: Talk) -> None:
    """A server that checks on us finds us there."""
    _, ws = talk
    await asyncio.wait_for(await ws.ping(b"are you there"), 10)


async def test_answers_nobody_waits_for_are_dropped(talk: Talk) -> None:
    """A stray answer does no harm."""
    api, ws = talk
    await ws.send('{"request-id": 77, "response": {}}')
    call = asyncio.ensure_future(api.call("A", 1, "b"))
    await ws.recv()
    await ws.send('{"request-id": 1, "response": {}}')
    await ws.send('{"request-id": 1, "response": {"again": true}}')
    assert await call == {}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("x" * 1001, 1009),
        (["x" * 600, "x" * 600], 1009),
        ("{nonsense", 1002),
        ('{"request-id": 1, "type": "A"}', 1002),
    ],
)
async def test_a_breach_ends_the_connection(talk: Talk, message: str | list[str], code: int) -> None:
    """Too long, no message, or a request: the server is told why, and what waits fails."""
    api, ws = talk
    call = asyncio.ensure_future(api.call("A", 1, "b"))
    await ws.recv()
    await ws.send(message)
    with pytest.raises(errors.ConnectionLostError):
        await call
    await asyncio.wait_for(api.wait_closed(), 10)
    await ws.wait_closed()
    assert ws.close_code == code


async def test_an_answer_of_another_shape_fails_its_call_alone(talk: Talk) -> None:
    """A response that is no object is the peer's breach, told to the caller."""
    api, ws = talk
    call = asyncio.ensure_future(api.call("A", 1, "b"))
    await ws.recv()
    await ws.send('{"request-id": 1, "response": [1]}')
    with pytest.raises(errors.RemoteProtocolError):
        await call


async def test_a_servers_close_is_answered(talk: Talk) -> None:
    """The close handshake is completed, with the server's code."""
    api, ws = talk
    await ws.close(1001, "going away")
    await asyncio.wait_for(api.wait_closed(), 10)
    assert ws.close_code == 1001
    with pytest.raises(errors.ConnectionLostError):
        await api.call("A", 1, "b")


async def test_a_reset_fails_what_waits(talk: Talk) -> None:
    """A connection that just breaks is noticed at once."""
    api, ws = talk
    call = asyncio.ensure_future(api.call("A", 1, "b"))
    await ws.recv()
    ws.transport.abort()
    with pytest.raises(errors.ConnectionLostError):
        await call
    await asyncio.wait_for(api.wait_closed(), 10)


def _extra(api: connection.APIConnection, name: str) -> Any:
    """Look under the connection, at what nothing else shows."""
    assert isinstance(api, websocket_client.WebSocketConnection)
    transport = api.stream._transport  # pyright: ignore[reportPrivateUsage] # see above
    assert transport is not None
    return transport.get_extra_info(name)


async def test_nagles_algorithm_is_off(talk: Talk) -> None:
    """A small request leaves at once."""
    assert _extra(talk[0], "socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_tls_is_strict(talk: Talk) -> None:
    """TLS before 1.2 is not spoken, the name is checked, and no authority of the system's is trusted."""
    context: ssl.SSLContext = _extra(talk[0], "ssl_object").context
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) == 1


def _count_contexts() -> int:
    gc.collect()
    return sum(isinstance(thing, ssl.SSLContext) for thing in gc.get_objects())


async def test_one_context_serves_every_dial_with_a_ca(talk: Talk, pem: str) -> None:
    """Loading a CA costs milliseconds and memory; the units of a machine share it."""
    _, ws = talk
    before = _count_contexts()
    another = await _dial(f"{HOST}:{ws.local_address[1]}", pem)
    assert _count_contexts() == before
    await another.close()


async def test_a_peer_that_reads_nothing_holds_calls_back(raw: RawAt, pem: str) -> None:
    """With the peer not reading, calls wait instead of filling memory, and time out."""
    reading = asyncio.Event()
    received: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _accept(reader, writer)
        await reading.wait()
        received.set_result(len(await reader.read(-1)))

    api = await _dial(await raw(serve), pem)
    calls = [
        asyncio.ensure_future(api.call("A", 1, "b", {"x": "x" * 100_000}, timeout_seconds=0.5))
        for _ in range(400)
    ]
    await asyncio.wait(calls)
    assert all(isinstance(call.exception(), errors.RequestTimeoutError) for call in calls)
    closing = asyncio.ensure_future(api.close())
    reading.set()
    assert await asyncio.wait_for(received, 10) < 20_000_000 < 400 * 100_000
    await asyncio.wait_for(closing, websocket_client.CLOSE_SECONDS + 10)


def _serve_and_freeze(listener: socket.socket, context: ssl.SSLContext, released: threading.Event) -> None:
    """Finish the handshakes and touch the connection no more; asyncio's TLS would go on answering."""
    with context.wrap_socket(listener.accept()[0], server_side=True) as stream:
        head = stream.recv(10_000)
        key = head.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
        stream.sendall(b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        stream.sendall(b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        released.wait()


async def test_closing_does_not_wait_for_a_peer_that_is_gone(
    pem: str, server_context: ssl.SSLContext
) -> None:
    """A peer that answers nothing, TLS's own farewell neither, holds a close for its limit at most."""
    released = threading.Event()
    with socket.create_server((HOST, 0)) as listener:
        frozen = asyncio.ensure_future(
            asyncio.to_thread(_serve_and_freeze, listener, server_context, released)
        )
        api = await _dial(f"{HOST}:{listener.getsockname()[1]}", pem)
        await asyncio.wait_for(api.close(), websocket_client.CLOSE_SECONDS + 10)
        await asyncio.wait_for(api.wait_closed(), 10)
        released.set()
        await frozen


async def test_a_dial_cancelled_just_as_it_connects_leaves_no_socket(raw: RawAt, pem: str) -> None:
    """At whichever turn of the loop it comes: of several controllers all but one are left like that."""
    address = await raw(_silent)
    for turns in range(12):
        dialling = asyncio.ensure_future(_dial(address, pem))
        for _ in range(turns):
            await asyncio.sleep(0)
        dialling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dialling
    gc.collect()  # a socket left open warns now, and a warning is an error
