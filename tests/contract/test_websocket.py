"""ports.connection and ports.transport over real sockets and TLS: one suite for every pairing.

Our client and our server, each also against the `websockets` package, our server on both event loops. The
two small adapters on `websockets` here show what leaving the libraries that we chose would take.
"""

import asyncio
import concurrent.futures
import dataclasses
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

import pytest
import trustme
import uvloop
import websockets
from websockets.asyncio import client as websockets_client
from websockets.asyncio import server as websockets_server
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from meterstatus import errors
from meterstatus.adapters import websocket_client, websocket_server
from meterstatus.ports import connection, transport
from meterstatus.protocol import messages, session, shapes

_T = TypeVar("_T")

MAX_BYTES = 2 * 1024 * 1024
HOST = "127.0.0.1"


class Script:
    """A conversation that does what each request's method says, and notes what happened."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.ended: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._session = session.ServerSession(64 * MAX_BYTES)
        self._peer: transport.Peer | None = None
        self._held: list[messages.Request] = []

    def connected(self, peer: transport.Peer) -> None:
        self.notes.append("connected")
        self._peer = peer
        peer.admit()

    def received(self, message: bytes) -> None:
        request = self._session.receive(message)
        assert request is not None
        self.notes.append(request.method)
        getattr(self, f"_on_{request.method.lower()}")(request)

    def closed(self) -> None:
        self.notes.append("closed")
        self.ended.set_result(None)

    def _send(self, message: bytes | None) -> None:
        assert self._peer is not None
        assert message is not None
        self._peer.send(message)

    def _on_echo(self, request: messages.Request) -> None:
        self._send(self._session.answer(request, request.params))

    def _on_hold(self, request: messages.Request) -> None:
        self._held.append(request)

    def _on_release(self, request: messages.Request) -> None:
        for held in (request, *reversed(self._held)):
            self._send(self._session.answer(held, held.params))
        self._held.clear()

    def _on_fail(self, request: messages.Request) -> None:
        code = shapes.decode_params(request.params, dict[str, str])["code"]
        self._send(self._session.fail(request, "no luck", code, {"why": ["a", 1]}))

    def _on_nonsense(self, request: messages.Request) -> None:
        self._send(b"{nonsense")

    def _on_bye(self, request: messages.Request) -> None:
        assert self._peer is not None
        self._send(self._session.answer(request, {"said": "bye"}))
        self._peer.close()
        self._peer.close()
        self._peer.send(b"never sent")


class Site:
    """What the server's ``accept`` does: a script at ``/api``, plain answers elsewhere."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []
        self.requests: list[transport.HTTPRequest] = []

    def accept(self, request: transport.HTTPRequest) -> transport.Conversation | transport.HTTPAnswer:
        self.requests.append(request)
        if request.path == "/model/nonsense/api":
            return transport.HTTPAnswer(400, 'invalid model UUID "nonsense"')
        if request.path != "/api":
            return transport.HTTPAnswer(404, "404 page not found\n")
        self.scripts.append(Script())
        return self.scripts[-1]


class Server(Protocol):
    """What ``serve`` gives."""

    @property
    def port(self) -> int: ...

    async def close(self, grace_seconds: float = ...) -> None: ...


class WebsocketsPeer:
    """``Peer`` on the websockets package: one task that writes."""

    def __init__(self, ws: websockets_server.ServerConnection) -> None:
        self._ws = ws
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._closing = False

    def send(self, message: bytes) -> None:
        if not self._closing:
            self._queue.put_nowait(message)

    def admit(self) -> None:
        pass

    def unsent_bytes(self) -> int:
        return self._ws.transport.get_write_buffer_size()

    def close(self) -> None:
        self._closing = True
        self._queue.put_nowait(None)

    async def write(self) -> None:
        while (message := await self._queue.get()) is not None:
            await self._ws.send(message, text=True)
        await self._ws.close()


class WebsocketsServer:
    """``serve`` on the websockets package."""

    def __init__(self, accept: transport.Accept) -> None:
        self._accept = accept
        self._decided: dict[int, transport.Conversation] = {}
        self._server: websockets_server.Server | None = None

    async def start(self, ssl_context: ssl.SSLContext) -> "WebsocketsServer":
        self._server = await websockets_server.serve(
            self._converse,
            HOST,
            0,
            ssl=ssl_context,
            process_request=self._decide,
            compression=None,
            max_size=MAX_BYTES,
            close_timeout=1,
        )
        return self

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(next(iter(self._server.sockets)).getsockname()[1])

    def _decide(self, ws: websockets_server.ServerConnection, request: Request) -> Response | None:
        remote = "{}:{}".format(*ws.remote_address[:2])
        answer = self._accept(transport.HTTPRequest("GET", request.path.partition("?")[0], remote))
        if isinstance(answer, transport.HTTPAnswer):
            body = answer.body.encode()
            headers = Headers({"Content-Length": str(len(body)), "Connection": "close"})
            return Response(answer.status, "Refused", headers, body)
        self._decided[id(ws)] = answer
        return None

    async def _converse(self, ws: websockets_server.ServerConnection) -> None:
        conversation = self._decided.pop(id(ws))
        peer = WebsocketsPeer(ws)
        conversation.connected(peer)
        writing = asyncio.create_task(peer.write())
        try:
            async for message in ws:
                conversation.received(message.encode() if isinstance(message, str) else message)
        except websockets.ConnectionClosed:
            pass
        finally:
            writing.cancel()
            conversation.closed()

    async def close(self, grace_seconds: float = 5.0) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()


class WebsocketsConnection:
    """``APIConnection`` on the websockets package: one task that reads."""

    def __init__(self, ws: websockets_client.ClientConnection) -> None:
        self._ws = ws
        self._session: session.ClientSession[asyncio.Future[messages.Response]] = session.ClientSession()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for message in self._ws:
                answered = self._session.receive(message.encode() if isinstance(message, str) else message)
                if answered is not None and not answered[0].done():
                    answered[0].set_result(answered[1])
        except (websockets.ConnectionClosed, errors.RemoteProtocolError):
            await self._ws.close()
        finally:
            for waiting in self._session.close():
                if not waiting.done():
                    waiting.set_exception(errors.ConnectionLostError())

    async def call(
        self,
        facade: str,
        version: int,
        request: str,
        params: Any = None,
        *,
        object_id: str = "",
        timeout_seconds: float | None = 30.0,
    ) -> Any:
        waiting: asyncio.Future[messages.Response] = asyncio.get_running_loop().create_future()
        request_id, message = self._session.call(waiting, facade, version, request, params, object_id)
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._ws.send(message, text=True)
                response = await waiting
        except TimeoutError as error:
            raise errors.RequestTimeoutError("no answer") from error
        except websockets.ConnectionClosed as error:
            raise errors.ConnectionLostError from error
        finally:
            self._session.forget(request_id)
        return messages.unwrap(response)

    async def wait_closed(self) -> None:
        await self._ws.wait_closed()

    async def close(self) -> None:
        await self._ws.close()
        await asyncio.wait({self._reading})


class WebsocketsDialer:
    """``Dialer`` on the websockets package."""

    async def dial(self, endpoint: connection.Endpoint) -> WebsocketsConnection:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=endpoint.ca_certificate)
        try:
            ws = await websockets_client.connect(
                f"wss://{endpoint.address}{endpoint.path}",
                ssl=context,
                server_hostname="juju-apiserver",
                max_size=64 * MAX_BYTES,
                close_timeout=1,
            )
        except websockets.InvalidStatus as error:
            body = error.response.body or b""
            raise errors.ConnectFailedError(f"HTTP {error.response.status_code}: {body!r}") from error
        except (OSError, websockets.InvalidHandshake) as error:
            raise errors.ConnectFailedError(str(error)) from error
        return WebsocketsConnection(ws)


class Host:
    """A thread with an event loop of a kind, where the server lives; the client keeps the test's own."""

    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        self._loop = new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    async def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine there."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def stop(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclasses.dataclass
class Pairing:
    """A client and a server that runs."""

    dialer: connection.Dialer
    site: Site
    address: str
    ca: trustme.CA
    stop_serving: Callable[[], Awaitable[None]]

    async def dial(self, path: str = "/api", ca: trustme.CA | None = None) -> connection.APIConnection:
        """Connect."""
        pem = (ca or self.ca).cert_pem.bytes().decode()
        return await self.dialer.dial(connection.Endpoint(self.address, path, pem))


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    """The controller's CA."""
    return trustme.CA()


@pytest.fixture
def server_name() -> str:
    """What the server's certificate proves; a test may override it."""
    return "juju-apiserver"


@pytest.fixture(
    params=[
        pytest.param((websocket_client.WebSocketDialer, uvloop.new_event_loop, True), id="ours-ours_uvloop"),
        pytest.param(
            (websocket_client.WebSocketDialer, asyncio.new_event_loop, True), id="ours-ours_asyncio"
        ),
        pytest.param((websocket_client.WebSocketDialer, asyncio.new_event_loop, False), id="ours-websockets"),
        pytest.param((WebsocketsDialer, uvloop.new_event_loop, True), id="websockets-ours_uvloop"),
        pytest.param((WebsocketsDialer, asyncio.new_event_loop, True), id="websockets-ours_asyncio"),
    ]
)
async def pairing(request: pytest.FixtureRequest, ca: trustme.CA, server_name: str) -> AsyncIterator[Pairing]:
    """Each client with each server."""
    make_dialer, new_loop, ours = request.param
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(server_name).configure_cert(context)  # pyright: ignore[reportUnknownMemberType] # theirs
    site = Site()
    host = Host(new_loop)
    try:
        server: Server = await host.run(
            websocket_server.serve(
                site.accept, host=HOST, port=0, ssl_context=context, max_message_bytes=MAX_BYTES
            )
            if ours
            else WebsocketsServer(site.accept).start(context)
        )
        try:
            yield Pairing(make_dialer(), site, f"{HOST}:{server.port}", ca, lambda: host.run(server.close()))
        finally:
            await host.run(server.close())
    finally:
        host.stop()


@pytest.fixture
async def api(pairing: Pairing) -> AsyncIterator[connection.APIConnection]:
    """A connection of each pairing."""
    made = await pairing.dial()
    yield made
    await made.close()


async def _ended(script: Script) -> None:
    await asyncio.wait_for(asyncio.wrap_future(script.ended), 10)


async def test_a_call_is_answered_with_its_own_answer(api: connection.APIConnection) -> None:
    """What a call sends comes back whole, whatever characters it holds."""
    params = {"text": 'über "quoted" \\ \n \U0001f600', "numbers": [1, -2, 1.5, None, True]}
    assert await api.call("Test", 1, "Echo", params) == params


async def test_a_long_message_passes_both_ways(api: connection.APIConnection) -> None:
    """A message of a megabyte arrives whole in both directions."""
    params = {"text": "0123456789" * 100_000}
    assert await api.call("Test", 1, "Echo", params) == params


async def test_calls_run_concurrently_and_are_answered_in_any_order(pairing: Pairing) -> None:
    """A call that waits delays no other, and late answers find their calls."""
    api = await pairing.dial()
    held = [asyncio.ensure_future(api.call("Test", 1, "Hold", {"n": n})) for n in range(3)]
    assert await api.call("Test", 1, "Echo", {"n": 9}) == {"n": 9}
    assert not any(call.done() for call in held)
    assert await api.call("Test", 1, "Release") == {}
    assert await asyncio.gather(*held) == [{"n": 0}, {"n": 1}, {"n": 2}]
    await api.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("unauthorized access", errors.UnauthorizedError),
        ("not implemented", errors.UnsupportedError),
        ("not found", errors.RequestError),
        ("", errors.RequestError),
    ],
)
async def test_an_error_answer_raises_its_type(
    api: connection.APIConnection, code: str, kind: type[errors.MeterStatusError]
) -> None:
    """An error keeps its text and code, and its code chooses the type; the connection stays."""
    with pytest.raises(kind, match=r"\Ano luck\Z") as raised:
        await api.call("Test", 1, "Fail", {"code": code})
    assert raised.value.code == code
    assert type(raised.value) is kind
    if isinstance(raised.value, errors.RequestError):
        assert raised.value.info == {"why": ["a", 1]}
    assert await api.call("Test", 1, "Echo") == {}


async def test_a_call_without_an_answer_times_out_alone(api: connection.APIConnection) -> None:
    """A call has a limit; its late answer is dropped and the connection stays."""
    with pytest.raises(errors.RequestTimeoutError):
        await api.call("Test", 1, "Hold", {"n": 1}, timeout_seconds=0.05)
    assert await api.call("Test", 1, "Release") == {}
    assert await api.call("Test", 1, "Echo", {"n": 2}) == {"n": 2}


async def test_a_cancelled_call_is_forgotten(api: connection.APIConnection) -> None:
    """Cancelling leaves the connection and the other calls as they were."""
    call = asyncio.ensure_future(api.call("Test", 1, "Hold", {"n": 1}))
    assert await api.call("Test", 1, "Echo") == {}
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await api.call("Test", 1, "Release") == {}
    assert await api.call("Test", 1, "Echo", {"n": 2}) == {"n": 2}


async def test_the_server_closes_after_what_it_sent(pairing: Pairing) -> None:
    """What was sent before a close still arrives, what waits fails, and both ends learn of the end once."""
    api = await pairing.dial()
    held = asyncio.ensure_future(api.call("Test", 1, "Hold"))
    assert await api.call("Test", 1, "Echo") == {}
    assert await api.call("Test", 1, "Bye") == {"said": "bye"}
    with pytest.raises(errors.ConnectionLostError):
        await held
    await asyncio.wait_for(api.wait_closed(), 10)
    with pytest.raises(errors.ConnectionLostError):
        await api.call("Test", 1, "Echo")
    await api.close()
    (script,) = pairing.site.scripts
    await _ended(script)
    assert script.notes == ["connected", "Echo", "Hold", "Bye", "closed"]


async def test_the_client_closes(pairing: Pairing) -> None:
    """A close fails what waits, can be repeated, and the server learns of it."""
    api = await pairing.dial()
    held = asyncio.ensure_future(api.call("Test", 1, "Hold"))
    assert await api.call("Test", 1, "Echo") == {}
    await api.close()
    await api.close()
    with pytest.raises(errors.ConnectionLostError):
        await held
    with pytest.raises(errors.ConnectionLostError):
        await api.call("Test", 1, "Echo")
    await asyncio.wait_for(api.wait_closed(), 10)
    (script,) = pairing.site.scripts
    await _ended(script)
    assert script.notes[-1] == "closed"


async def test_a_server_that_stops_ends_its_connections(pairing: Pairing) -> None:
    """Closing the server closes what it accepted, and nobody gets in any more."""
    api = await pairing.dial()
    assert await api.call("Test", 1, "Echo") == {}
    await pairing.stop_serving()
    await asyncio.wait_for(api.wait_closed(), 10)
    with pytest.raises(errors.ConnectFailedError):
        await pairing.dial()
    await api.close()


async def test_nonsense_from_the_server_ends_the_connection(pairing: Pairing) -> None:
    """A message that is no message ends the connection and fails what waits."""
    api = await pairing.dial()
    with pytest.raises(errors.ConnectionLostError):
        await api.call("Test", 1, "Nonsense")
    await asyncio.wait_for(api.wait_closed(), 10)
    await api.close()


async def test_a_message_over_the_limit_ends_the_connection(pairing: Pairing) -> None:
    """The server takes no message that is longer than its limit."""
    api = await pairing.dial()
    with pytest.raises(errors.ConnectionLostError):
        await api.call("Test", 1, "Echo", {"text": "x" * MAX_BYTES})
    await asyncio.wait_for(api.wait_closed(), 10)
    await api.close()
    (script,) = pairing.site.scripts
    await _ended(script)
    assert script.notes == ["connected", "closed"]


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [("/model/nonsense/api", "400", "invalid model UUID"), ("/nowhere", "404", "page not found")],
)
async def test_a_plain_answer_is_a_failed_connection(
    pairing: Pairing, path: str, status: str, text: str
) -> None:
    """An answer in place of a WebSocket says its status and its text."""
    with pytest.raises(errors.ConnectFailedError, match=status) as raised:
        await pairing.dial(path)
    assert text in str(raised.value)


async def test_the_server_knows_who_asks_for_what(pairing: Pairing) -> None:
    """A request carries its method, its path without the query, and the client's address."""
    api = await pairing.dial("/api?a=b")
    await api.close()
    (request,) = pairing.site.requests
    assert (request.method, request.path) == ("GET", "/api")
    assert request.remote.startswith(f"{HOST}:")


async def test_another_ca_is_not_trusted(pairing: Pairing) -> None:
    """Only the endpoint's own CA counts."""
    with pytest.raises(errors.ConnectFailedError):
        await pairing.dial(ca=trustme.CA())
    assert pairing.site.requests == []


class TestAnotherName:
    """A certificate of the right CA for another server."""

    @pytest.fixture
    def server_name(self) -> str:
        return "127.0.0.1"

    async def test_another_name_is_not_trusted(self, pairing: Pairing) -> None:
        """The name to prove is juju-apiserver, whatever address was dialled."""
        with pytest.raises(errors.ConnectFailedError):
            await pairing.dial()
        assert pairing.site.requests == []
