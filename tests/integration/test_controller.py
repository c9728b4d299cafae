"""The controller over real TLS sockets, with its real database (spec juju-api, 1 to 6)."""

import asyncio
import contextlib
import datetime
import pathlib
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.adapters import websocket_client
from meterstatus.adapters.files import login_file
from meterstatus.ports import connection
from meterstatus.programs.controller import serve
from meterstatus.testing import manual_clock

OWN = {"entities": [{"tag": "unit-shop-0"}]}
UNKNOWN_MODEL = "00000000-0000-4000-8000-000000000000"


class Lab:
    """A running controller, reached over the network."""

    def __init__(self, data_dir: pathlib.Path, clock: manual_clock.ManualClock) -> None:
        options = serve.InitOptions(data_dir, ("127.0.0.1", "ctl.example"))
        self.data_dir = data_dir
        self.clock = clock
        self.login: login_file.LoginFile = serve.init(options)
        self.port = 0
        self._opened = contextlib.AsyncExitStack()

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        """Serve for as long as the context lasts."""
        async with serve.serve(self.data_dir, listen="127.0.0.1", port=0, clock=self.clock) as server:
            self.port = server.port
            async with self._opened:
                yield

    async def dial(self, path: str = "") -> connection.APIConnection:
        """Connect, to the model where no path is given; closed with the lab."""
        endpoint = connection.Endpoint(
            f"127.0.0.1:{self.port}", path or f"/model/{self.login.model}/api", self.login.ca_certificate
        )
        made = await websocket_client.WebSocketDialer().dial(endpoint)
        self._opened.push_async_callback(made.close)
        return made

    def keep_open(self) -> None:
        """Leave the connections made so far to the controller to end."""
        self._opened.pop_all()

    async def admin(self) -> connection.APIConnection:
        """Connect and log in as the admin."""
        made = await self.dial()
        await log_in(made, f"user-{self.login.user}", self.login.password)
        return made

    async def agent(self) -> connection.APIConnection:
        """Add the unit shop/0, connect and log in as its agent."""
        units = {"units": [{"unit": "shop/0"}]}
        added = await (await self.admin()).call("MeterStatusAdmin", 1, "AddUnits", units)
        made = await self.dial()
        await log_in(made, "unit-shop-0", added["results"][0]["password"])
        return made

    async def http(self, request: str) -> str:
        """Send text over TLS and return all that is answered."""
        trust = ssl.create_default_context(cadata=self.login.ca_certificate)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=trust, server_hostname="juju-apiserver"
        )
        writer.write(request.encode())
        answer = await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()
        return answer.decode()


async def log_in(made: connection.APIConnection, tag: str, password: str) -> dict[str, Any]:
    """Log in and return the answer."""
    return await made.call("Admin", 3, "Login", {"auth-tag": tag, "credentials": password})


@pytest.fixture
async def lab(tmp_path: pathlib.Path) -> AsyncIterator[Lab]:
    """Give a running controller."""
    made = Lab(tmp_path / "controller", manual_clock.ManualClock())
    async with made.serving():
        yield made


async def test_an_admin_and_an_agent_meet(lab: Lab) -> None:
    """A status set over one connection is told over another, with the event first."""
    agent, admin = await lab.agent(), await lab.admin()
    assert await agent.call("MeterStatus", 2, "GetMeterStatus", OWN) == {
        "results": [{"code": "AMBER", "info": "not set"}]
    }
    watch = await agent.call("MeterStatus", 2, "WatchMeterStatus", OWN)
    assert watch == {"results": [{"NotifyWatcherId": "1"}]}
    waiting = asyncio.ensure_future(
        agent.call("NotifyWatcher", 1, "Next", object_id="1", timeout_seconds=None)
    )
    statues = {"statues": [{"tag": "application-shop", "code": "RED", "info": "over budget"}]}
    assert await admin.call("MetricsDebug", 2, "SetMeterStatus", statues) == {"results": [{}]}
    assert await waiting == {}
    assert await agent.call("MeterStatus", 2, "GetMeterStatus", OWN) == {
        "results": [{"code": "RED", "info": "over budget"}]
    }


async def test_logins_are_answered(lab: Lab) -> None:
    """A login over the wire names where the controller is, on the port that was chosen."""
    made = await lab.dial()
    answer = await log_in(made, "user-admin", lab.login.password)
    assert answer["controller-tag"] == f"controller-{lab.login.controller}"
    assert answer["model-tag"] == f"model-{lab.login.model}"
    assert [(each["value"], each["port"]) for each in answer["servers"][0]] == [
        ("127.0.0.1", lab.port),
        ("ctl.example", lab.port),
    ]


@pytest.mark.parametrize(
    ("facade", "version", "method", "message", "code"),
    [
        ("Nope", 1, "Do", 'unknown version (1) of interface "Nope"', "not implemented"),
        ("Nope", 0, "Do", 'unknown object type "Nope"', "not implemented"),
        ("Pinger", 2, "Ping", 'unknown version (2) of interface "Pinger"', "not implemented"),
        (
            "Pinger",
            1,
            "Pong",
            "no such request - method Pinger(1).Pong is not implemented",
            "not implemented",
        ),
        ("Admin", 3, "Login", 'unknown version (3) of interface "Admin"', "not implemented"),
        (
            "Controller",
            11,
            "Do",
            'facade "Controller" not supported for model API connection',
            "not supported",
        ),
        ("MeterStatus", 2, "State", "permission denied", "unauthorized access"),
        ("NotifyWatcher", 1, "Next", "unknown watcher id", "not found"),
    ],
)
async def test_a_bad_request_leaves_the_connection(
    lab: Lab, facade: str, version: int, method: str, message: str, code: str
) -> None:
    """Each row of 1.8 that keeps the connection does so over the wire."""
    admin = await lab.admin()
    with pytest.raises(errors.MeterStatusError) as caught:
        await admin.call(facade, version, method, {})
    assert (str(caught.value), caught.value.code) == (message, code)
    assert await admin.call("Pinger", 1, "Ping") == {}


async def test_an_unknown_model_upgrades_and_fails(lab: Lab) -> None:
    """A model that is not here takes the WebSocket and fails each call (1.8)."""
    made = await lab.dial(f"/model/{UNKNOWN_MODEL}/api")
    for _ in range(2):
        with pytest.raises(errors.RequestError) as caught:
            await log_in(made, "user-admin", lab.login.password)
        assert str(caught.value) == f'unknown model: "{UNKNOWN_MODEL}"'
        assert caught.value.code == "model not found"


async def test_plain_requests_are_answered(lab: Lab) -> None:
    """/health, an unknown path and a malformed UUID get plain HTTP (1.3, 1.4)."""
    ending = "HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert "200" in (await lab.http(f"GET /health {ending}")).splitlines()[0]
    assert (await lab.http(f"GET /health {ending}")).endswith("running\n")
    assert " 404 " in (await lab.http(f"GET /nothing {ending}")).splitlines()[0]
    answer = await lab.http(f"GET /model/nonsense/api {ending}")
    assert " 400 " in answer.splitlines()[0]
    assert 'invalid model UUID "nonsense"' in answer
    assert " 400 " in (await lab.http(f"GET /api {ending}")).splitlines()[0]


async def test_what_is_no_message_closes(lab: Lab) -> None:
    """Bytes that are no message end the connection (1.8); seen from a raw client."""
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    request = (
        f"GET /api HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    trust = ssl.create_default_context(cadata=lab.login.ca_certificate)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", lab.port, ssl=trust, server_hostname="juju-apiserver"
    )
    writer.write(request.encode())
    assert b"101" in await reader.readuntil(b"\r\n\r\n")
    writer.write(b"\x81\x83\0\0\0\0abc")
    assert await reader.read(2) == b"\x88\x00"
    writer.close()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()


async def test_a_stopped_watcher_fails_its_next(lab: Lab) -> None:
    """Stop ends the pending Next with "stopped", a second Stop finds nothing (5.2)."""
    agent = await lab.agent()
    await agent.call("MeterStatus", 2, "WatchMeterStatus", OWN)
    waiting = asyncio.ensure_future(
        agent.call("NotifyWatcher", 1, "Next", object_id="1", timeout_seconds=None)
    )
    await agent.call("Pinger", 1, "Ping")
    assert await agent.call("NotifyWatcher", 1, "Stop", object_id="1") == {}
    with pytest.raises(errors.RequestError, match="watcher has been stopped") as caught:
        await waiting
    assert caught.value.code == "stopped"
    for method in ("Stop", "Next"):
        with pytest.raises(errors.RequestError, match="unknown watcher id") as caught:
            await agent.call("NotifyWatcher", 1, method, object_id="1")
        assert caught.value.code == "not found"


async def test_a_silent_agent_is_let_go(lab: Lab) -> None:
    """Three minutes without Ping, on the controller's clock, end the agent's connection in order."""
    agent, admin = await lab.agent(), await lab.admin()
    await agent.call("MeterStatus", 2, "WatchMeterStatus", OWN)
    waiting = asyncio.ensure_future(
        agent.call("NotifyWatcher", 1, "Next", object_id="1", timeout_seconds=None)
    )
    await lab.clock.advance(datetime.timedelta(minutes=2))
    await agent.call("Pinger", 1, "Ping")
    await lab.clock.advance(datetime.timedelta(minutes=2))
    assert await agent.call("MeterStatus", 2, "GetMeterStatus", OWN)
    await lab.clock.advance(datetime.timedelta(minutes=1, seconds=10))
    with pytest.raises(errors.RequestError, match="watcher has been stopped"):
        await waiting
    await agent.wait_closed()
    assert await admin.call("Pinger", 1, "Ping") == {}


async def test_a_stop_is_in_order(tmp_path: pathlib.Path) -> None:
    """A controller that stops answers what waits, closes, and can be served again with all it had."""
    lab = Lab(tmp_path / "controller", manual_clock.ManualClock())
    async with lab.serving():
        agent = await lab.agent()
        await agent.call("MeterStatus", 2, "WatchMeterStatus", OWN)
        waiting = asyncio.ensure_future(
            agent.call("NotifyWatcher", 1, "Next", object_id="1", timeout_seconds=None)
        )
        await agent.call("Pinger", 1, "Ping")
        lab.keep_open()
    with pytest.raises(errors.RequestError, match="watcher has been stopped"):
        await waiting
    await agent.wait_closed()
    async with lab.serving():
        answer = await (await lab.admin()).call("MeterStatusAdmin", 1, "Status", {})
        assert [unit["unit"] for unit in answer["units"]] == ["shop/0"]


async def test_one_controller_serves_a_directory(lab: Lab) -> None:
    """A second process, or server, on the same directory is refused."""
    with pytest.raises(errors.ConfigError, match="is running already"):
        async with serve.serve(lab.data_dir, listen="127.0.0.1", port=0):
            pass
