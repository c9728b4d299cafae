"""A Juju controller for tests, scripted by rows: what is asked, and what is answered on the wire.

A real TLS WebSocket server, on a library that the product does not use, and with none of the product's
protocol code: what an answer looks like stands in the test, as the specification has it (spec juju-api, 1, 2,
5 and 9). Of Juju's behaviour it has by itself only what tables cannot say: the refusals of what is not in the
table (1.8), that nothing but Admin is there before the login, and the watchers of a connection (5.2).
"""

import asyncio
import contextlib
import dataclasses
import http
import json
import re
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import trustme
from websockets import exceptions
from websockets.asyncio import server as websockets
from websockets.http11 import Request, Response

NAME = "juju-apiserver"
_PATH = re.compile(r"/model/([^/]+)/api")
_KEY = re.compile(r"(\w+)\((\d+)\)\.(\w+)")


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the whole call."""

    error: str
    code: str = ""
    info: Mapping[str, Any] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Verbatim:
    """Texts that are sent as they stand, ``$ID`` in them being the request's id."""

    texts: tuple[str, ...]


class Silence:
    """Nothing is answered, ever."""


class Close:
    """The connection is closed with a close frame, in place of an answer."""


class Reset:
    """The connection just ends, in place of an answer."""


Reply = Mapping[str, Any] | Refusal | Verbatim | Silence | Close | Reset


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """An answer made of the params."""

    make: Callable[[Mapping[str, Any]], Reply]


Row = Reply | Choice | tuple[Reply, ...]
"""One answer, or what makes one, or several in turn of which the last holds from then on."""


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came.

    Attributes:
        connection: counts from 1.
        call: ``MeterStatus(2).State``.
        message: the whole of it.
    """

    connection: int
    call: str
    params: Any
    object_id: str
    message: Mapping[str, Any]


class _Watcher:
    def __init__(self) -> None:
        self.events = asyncio.Semaphore(0)
        self.is_stopped = False


class _Connection:
    def __init__(self, number: int, ws: websockets.ServerConnection, model: str) -> None:
        self.number, self.ws, self.model = number, ws, model
        self.is_logged_in = False
        self.watchers: dict[str, _Watcher] = {}

    async def send(self, text: str) -> None:
        with contextlib.suppress(exceptions.ConnectionClosed):
            await self.ws.send(text)


class JujuController:
    """One controller process.

    Args:
        rows: by ``Facade(version).Method``; may be changed at any time.
        ca: the authority that its certificate is from.
        host: the address to listen on.
        model: the UUID of the only model; any other is unknown.
        certificate_name: whom its certificate is for.

    Attributes:
        asked: every request, in order.
        connections: how many there were.
    """

    def __init__(
        self,
        rows: Mapping[str, Row],
        ca: trustme.CA,
        *,
        host: str = "127.0.0.1",
        model: str,
        certificate_name: str = NAME,
    ) -> None:
        self.rows = dict(rows)
        self.asked: list[Asked] = []
        self.connections = 0
        self.refuses_with: http.HTTPStatus | None = None
        self._host, self._model, self._name = host, model, certificate_name
        self._ca = ca
        self._turns: dict[str, int] = {}
        self._open: list[_Connection] = []
        self._server: websockets.Server | None = None
        self._port = 0

    @property
    def address(self) -> str:
        """Where it is reached, ``host:port``; the same after it was stopped and started again."""
        return f"{self._host}:{self._port}"

    @property
    def port(self) -> int:
        """The port."""
        return self._port

    def calls(self, connection: int | None = None) -> list[str]:
        """Return what was called, on one connection or on all, pings and waits for events left out."""
        return [
            one.call
            for one in self.asked
            if connection in (None, one.connection)
            and one.call not in ("NotifyWatcher(1).Next", "Pinger(1).Ping")
        ]

    def count(self, call: str) -> int:
        """Return how often something was called."""
        return sum(one.call == call for one in self.asked)

    def last(self, call: str) -> Asked:
        """Return the latest request of a kind."""
        return next(one for one in reversed(self.asked) if one.call == call)

    def fire(self, watcher_id: str) -> None:
        """Let a watcher of every connection have an event."""
        for one in self._open:
            if watcher_id in one.watchers:
                one.watchers[watcher_id].events.release()

    def end_watchers(self) -> None:
        """Stop every watcher, as a server does that closes in order or has lost what it watched."""
        for one in self._open:
            for watcher in one.watchers.values():
                watcher.is_stopped = True
                watcher.events.release()

    async def start(self) -> None:
        """Listen."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(self._name).configure_cert(context)  # pyright: ignore[reportUnknownMemberType] # theirs
        self._server = await websockets.serve(
            self._serve,
            self._host,
            self._port or None,
            ssl=context,
            compression=None,
            ping_interval=None,
            close_timeout=1,
            max_size=None,
            process_request=self._on_request,
        )
        self._port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Close every connection, and be gone."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncGenerator["JujuController"]:
        """Listen, and stop in the end."""
        await self.start()
        try:
            yield self
        finally:
            await self.stop()

    def _on_request(self, ws: websockets.ServerConnection, request: Request) -> Response | None:
        if self.refuses_with is not None:
            return ws.respond(self.refuses_with, f"{self.refuses_with.phrase.lower()}\n")
        return None if _PATH.fullmatch(request.path) else ws.respond(http.HTTPStatus.NOT_FOUND, "not found\n")

    async def _serve(self, ws: websockets.ServerConnection) -> None:
        assert ws.request is not None
        path = _PATH.fullmatch(ws.request.path)
        assert path is not None
        self.connections += 1
        one = _Connection(self.connections, ws, path[1])
        self._open.append(one)
        tasks: set[asyncio.Task[None]] = set()
        try:
            async for text in ws:
                message = json.loads(text)
                task = asyncio.create_task(self._answer(one, message))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        except exceptions.ConnectionClosed:
            pass
        finally:
            self._open.remove(one)
            for task in tuple(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, one: _Connection, message: Mapping[str, Any]) -> None:
        call = f"{message['type']}({message.get('version', 0)}).{message['request']}"
        asked = Asked(one.number, call, message.get("params", {}), message.get("id", ""), message)
        self.asked.append(asked)
        reply = await self._reply(one, asked)
        if call == "Admin(3).Login" and isinstance(reply, Mapping):
            one.is_logged_in = True
        await self._send(one, message["request-id"], reply)

    async def _reply(self, one: _Connection, asked: Asked) -> Reply:
        if one.model != self._model:
            return Refusal(f'unknown model: "{one.model}"', "model not found")
        if asked.call.startswith("NotifyWatcher(1).") and one.is_logged_in:
            return await self._watch(one, asked)
        is_there = one.is_logged_in or asked.call.startswith("Admin(")
        row = self.rows.get(asked.call) if is_there else None
        if row is None:
            return self._unknown(asked.call, is_there=is_there)
        if isinstance(row, tuple):
            turn = self._turns.get(asked.call, 0)
            self._turns[asked.call] = turn + 1
            row = row[min(turn, len(row) - 1)]
        reply = row.make(asked.params) if isinstance(row, Choice) else row
        self._note_watchers(one, reply)
        return reply

    def _unknown(self, call: str, *, is_there: bool) -> Refusal:
        parts = _KEY.fullmatch(call)
        assert parts is not None
        facade, version, method = parts.groups()
        if is_there and any(key.startswith(f"{facade}({version}).") for key in self.rows):
            text = f"no such request - method {facade}({version}).{method} is not implemented"
        elif version == "0":
            text = f'unknown object type "{facade}"'
        else:
            text = f'unknown version ({version}) of interface "{facade}"'
        return Refusal(text, "not implemented")

    def _note_watchers(self, one: _Connection, reply: Reply) -> None:
        if isinstance(reply, Mapping):
            for result in reply.get("results", ()):
                if result.get("NotifyWatcherId"):
                    one.watchers[result["NotifyWatcherId"]] = _Watcher()

    async def _watch(self, one: _Connection, asked: Asked) -> Reply:
        watcher = one.watchers.get(asked.object_id)
        if watcher is None:
            return Refusal("unknown watcher id", "not found")
        if asked.call == "NotifyWatcher(1).Stop":
            del one.watchers[asked.object_id]
            watcher.is_stopped = True
            watcher.events.release()
            return {}
        await watcher.events.acquire()
        return Refusal("watcher has been stopped", "stopped") if watcher.is_stopped else {}

    async def _send(self, one: _Connection, request_id: int, reply: Reply) -> None:
        match reply:
            case Refusal():
                answer: dict[str, Any] = {"request-id": request_id, "error": reply.error, "response": {}}
                answer |= {"error-code": reply.code} if reply.code else {}
                answer |= {"error-info": reply.info} if reply.info else {}
                await one.send(json.dumps(answer))
            case Verbatim():
                for text in reply.texts:
                    await one.send(text.replace("$ID", str(request_id)))
            case Silence():
                pass
            case Close():
                await one.ws.close()
            case Reset():
                one.ws.transport.abort()
            case _:
                await one.send(json.dumps({"request-id": request_id, "response": reply}))
