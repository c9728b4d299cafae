"""The rows of spec juju-api 1 to 6, row by row, met by a WebSocket client that is not ours.

Real controller process, real TLS, the ``websockets`` package and ``json``: whole answers are compared, so
that a key too many is seen as well as one too few.
"""

import asyncio
import contextlib
import json
import pathlib
import re
import ssl
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest
import websockets
from websockets.asyncio import client

from meterstatus.adapters.files import login_file
from meterstatus.programs.controller import serve

PROGRAM = """
import pathlib, sys
from meterstatus.programs.controller import serve
sys.exit(serve.run(pathlib.Path(sys.argv[1]), listen="127.0.0.1", port=0))
"""
SECONDS = 20.0
"""For an answer, on a busy machine."""

OWN = {"entities": [{"tag": "unit-shop-0"}]}
DENIED = {"message": "permission denied", "code": "unauthorized access"}
TOP_DENIED = {"error": "permission denied", "error-code": "unauthorized access"}
MISSING = "not implemented"
UNKNOWN_MODEL = "00000000-0000-4000-8000-000000000000"


class Wire:
    """One connection, spoken to in plain JSON."""

    def __init__(self, socket: client.ClientConnection) -> None:
        self.socket = socket
        self._last_id = 0

    async def send(self, facade: str, version: int, method: str, params: Any = None, **more: Any) -> int:
        """Send a request and return its id."""
        self._last_id += 1
        request = {"request-id": self._last_id, "type": facade, "version": version, "request": method}
        await self.socket.send(json.dumps({**request, "params": params, **more}))
        return self._last_id

    async def receive(self) -> dict[str, Any]:
        """Return the next answer, which is one text message of one JSON object."""
        message = await asyncio.wait_for(self.socket.recv(), SECONDS)
        assert isinstance(message, str)
        return json.loads(message)

    async def call(
        self, facade: str, version: int, method: str, params: Any = None, **more: Any
    ) -> dict[str, Any]:
        """Send a request and return its answer without the id, which is checked."""
        request_id = await self.send(facade, version, method, params, **more)
        answer = await self.receive()
        assert answer.pop("request-id") == request_id
        return answer

    async def log_in(self, tag: str, password: str) -> dict[str, Any]:
        """Log in and return the answer."""
        return await self.call("Admin", 3, "Login", {"auth-tag": tag, "credentials": password})

    async def is_open(self) -> bool:
        """Tell whether another request is still answered."""
        await self.call("Nope", 1, "Do")
        return True


class Site:
    """A controller process and the units shop/0 and shop/1 on it."""

    def __init__(self, login: login_file.LoginFile, port: int, opened: contextlib.AsyncExitStack) -> None:
        self.login = login
        self.port = port
        self.password = ""
        self._opened = opened

    async def dial(self, path: str | None = None, **options: Any) -> Wire:
        """Connect, to the model where no path is given."""
        place = f"/model/{self.login.model}/api" if path is None else path
        connecting = client.connect(
            f"wss://127.0.0.1:{self.port}{place}",
            ssl=ssl.create_default_context(cadata=self.login.ca_certificate),
            server_hostname="juju-apiserver",
            **options,
        )
        return Wire(await self._opened.enter_async_context(connecting))

    async def admin(self, path: str | None = None) -> Wire:
        """Connect and log in as the admin."""
        wire = await self.dial(path)
        assert "error" not in await wire.log_in(f"user-{self.login.user}", self.login.password)
        return wire

    async def agent(self) -> Wire:
        """Connect and log in as the agent of shop/0."""
        wire = await self.dial()
        assert "error" not in await wire.log_in("unit-shop-0", self.password)
        return wire

    async def caller(self, who: str) -> Wire:
        """Connect as somebody, by a word for him."""
        if who == "agent":
            return await self.agent()
        if who == "admin":
            return await self.admin()
        return await (self.admin("/api") if who == "admin on /api" else self.dial())


@contextlib.asynccontextmanager
async def serving(data_dir: pathlib.Path) -> AsyncGenerator[tuple[Site, asyncio.subprocess.Process]]:
    """Make and run a controller until the context ends."""
    login = serve.init(serve.InitOptions(data_dir, ("127.0.0.1",)))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(data_dir), stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        line = (await process.stderr.readline()).decode()
        ready = re.search(r"controller ready on 127\.0\.0\.1 port (\d+)", line)
        assert ready is not None, line
        async with contextlib.AsyncExitStack() as opened:
            site = Site(login, int(ready.group(1)), opened)
            units = {"units": [{"unit": "shop/0"}, {"unit": "shop/1"}]}
            added = await (await site.admin()).call("MeterStatusAdmin", 1, "AddUnits", units)
            site.password = added["response"]["results"][0]["password"]
            yield site, process
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        log = (await process.stderr.read()).decode()
        assert await process.wait() == 0
        assert "Traceback" not in log
        assert " ERROR " not in log
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.fixture
async def site(tmp_path: pathlib.Path) -> AsyncIterator[Site]:
    """Give a running controller, whose log has no traceback when the test is over."""
    async with serving(tmp_path / "controller") as (made, _):
        yield made


async def test_rows_of_url_and_upgrade(site: Site) -> None:
    """Three URLs upgrade, others do not; no subprotocol, no compression, whatever is offered (1.3, 1.5)."""
    for path in ("/", "/api", f"/model/{site.login.model}/api", f"/model/{UNKNOWN_MODEL}/api"):
        wire = await site.dial(path, subprotocols=[websockets.Subprotocol("juju")])
        assert wire.socket.subprotocol is None
        assert wire.socket.response is not None
        assert "Sec-WebSocket-Extensions" not in wire.socket.response.headers
    for path, status, body in (
        ("/nothing", 404, None),
        ("/api/", 404, None),
        ("/model/nonsense/api", 400, b'invalid model UUID "nonsense"\n'),
        (f"/model/{site.login.model.upper()}/api", 400, None),
    ):
        with pytest.raises(websockets.InvalidStatus) as caught:
            await site.dial(path)
        assert caught.value.response.status_code == status, path
        assert body in (None, caught.value.response.body)


TYPES_OF_BAD_MESSAGE = {
    "no JSON": "hello",
    "empty": "",
    "no object": "[]",
    "two values": '{"request-id":1,"type":"Pinger","version":1,"request":"Ping"}{}',
    "id of another type": '{"request-id":"1","type":"Pinger","version":1,"request":"Ping"}',
    "version of another type": '{"request-id":1,"type":"Pinger","version":"1","request":"Ping"}',
    "brackets without end": "[" * 8_000,
    "half a surrogate pair": '{"request-id":1,"type":"\\ud800","version":1,"request":"Ping"}',
    "no UTF-8": b'{"request-id":1,"type":"\xff","version":1,"request":"Ping"}',
    "an id beyond 64 bits": '{"request-id":99999999999999999999,"type":"Pinger","request":"Ping"}',
}


async def test_rows_that_close(site: Site) -> None:
    """What is no message gets a close frame without a code, and no answer (1.5, 1.8, 11.1 row 14)."""
    for name, text in TYPES_OF_BAD_MESSAGE.items():
        wire = await site.dial()
        await wire.socket.send(text)
        with pytest.raises(websockets.ConnectionClosed) as caught:
            await wire.receive()
        assert caught.value.rcvd is not None, name
        assert caught.value.rcvd.code == 1005, name


async def test_a_message_over_the_limit_closes_with_its_code(site: Site) -> None:
    """Five mebibytes are over the limit, in one frame or in many, and the next client is served."""
    for message in ("x" * (5 << 20), ["x" * (1 << 20)] * 5):
        wire = await site.dial()
        with contextlib.suppress(websockets.ConnectionClosed):
            await wire.socket.send(message)
        with pytest.raises(websockets.ConnectionClosed) as caught:
            await wire.receive()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1009
    assert await (await site.admin()).call("Pinger", 1, "Ping") == {"response": {}}


PING = '"type":"Pinger","version":1,"request":"Ping"'
FORMS: list[tuple[str | bytes | list[str], dict[str, Any]]] = [
    (f'{{"request-id":7,{PING}}}', {"request-id": 7, "response": {}}),
    (f'{{"request-id":7,{PING},"params":null}}', {"request-id": 7, "response": {}}),
    (f'{{"request-id":7,{PING},"params":{{"x":1}},"more":[]}}', {"request-id": 7, "response": {}}),
    (f'{{"request-id":7,{PING}}}'.encode(), {"request-id": 7, "response": {}}),
    (['{"request-', 'id":7,', f"{PING}}}"], {"request-id": 7, "response": {}}),
    (f'{{"request-id":6,"request-id":7,{PING}}}', {"request-id": 7, "response": {}}),
    (
        '{"REQUEST-ID":7,"Type":"Pinger","vErsion":1,"Request":"Ping"}',
        {"request-id": 7, "response": {}},
    ),
    (f'{{"response":{{}}}}\n{{"request-id":7,{PING}}}', {"request-id": 7, "response": {}}),
    ('{"RequestId":7,"Type":"Pinger","Version":1,"Request":"Ping"}', {"RequestId": 7, "Response": {}}),
    ('{"Type":"Pinger","Version":1,"Request":"Ping"}', {"RequestId": 0, "Response": {}}),
    (
        '{"RequestId":7,"Type":"Pinger","Version":1,"Request":"Pong"}',
        {
            "RequestId": 7,
            "Response": {},
            "Error": "no such request - method Pinger(1).Pong is not implemented",
            "ErrorCode": MISSING,
        },
    ),
]


async def test_rows_of_the_envelope(site: Site) -> None:
    """Keys in any case, absent and null params, binary and fragmented messages, the former form (1.6)."""
    wire = await site.admin()
    for form, expected in FORMS:
        # Lines: a stray response is dropped, and what follows it is answered.
        for message in form.split("\n") if isinstance(form, str) else [form]:
            await wire.socket.send(message)
        assert await wire.receive() == expected, form


def unknown(facade: str, version: int) -> dict[str, str]:
    """Give the error for a facade or version that is not there."""
    return {"error": f'unknown version ({version}) of interface "{facade}"', "error-code": MISSING}


ADMIN_GONE = 'facade "Admin" not supported for controller API connection'
BAD_REQUESTS: list[tuple[str, tuple[str, int, str], dict[str, Any], dict[str, str]]] = [
    ("nobody", ("Pinger", 1, "Ping"), {}, unknown("Pinger", 1)),
    ("nobody", ("Pinger", 0, "Ping"), {}, {"error": 'unknown object type "Pinger"', "error-code": MISSING}),
    ("nobody", ("MeterStatus", 2, "State"), {}, unknown("MeterStatus", 2)),
    (
        "nobody",
        ("Admin", 3, "Logout"),
        {},
        {"error": "no such request - method Admin.Logout is not implemented", "error-code": MISSING},
    ),
    ("nobody", ("Admin", 3, "Login"), {"id": "1"}, {"error": "id not found", "error-code": "not found"}),
    ("nobody", ("Admin", 3, "RedirectInfo"), {}, {"error": "not redirected"}),
    ("admin", ("Admin", 3, "Login"), {}, unknown("Admin", 3)),
    ("admin on /api", ("Admin", 3, "Login"), {}, {"error": ADMIN_GONE, "error-code": "not supported"}),
    ("admin", ("pinger", 1, "Ping"), {}, unknown("pinger", 1)),
    ("admin", ("MeterStatus", 1, "State"), {}, unknown("MeterStatus", 1)),
    ("admin", ("Pinger", 10**30, "Ping"), {}, unknown("Pinger", 10**30)),
    (
        "admin",
        ("Pinger", 1, "ping"),
        {},
        {"error": "no such request - method Pinger(1).ping is not implemented", "error-code": MISSING},
    ),
    (
        "admin on /api",
        ("MetricsDebug", 2, "SetMeterStatus"),
        {},
        {
            "error": 'facade "MetricsDebug" not supported for controller API connection',
            "error-code": "not supported",
        },
    ),
    (
        "admin",
        ("ModelManager", 9, "ListModels"),
        {},
        {
            "error": 'facade "ModelManager" not supported for model API connection',
            "error-code": "not supported",
        },
    ),
    ("admin", ("MeterStatus", 2, "GetMeterStatus"), {}, TOP_DENIED),
    ("agent", ("MetricsDebug", 2, "SetMeterStatus"), {}, TOP_DENIED),
    ("agent", ("MetricsDebug", 2, "GetMetrics"), {}, TOP_DENIED),
    ("agent", ("MeterStatusAdmin", 1, "Status"), {}, TOP_DENIED),
    *(
        ("agent", ("NotifyWatcher", 1, method), {"id": watcher_id}, watcher)
        for watcher in [{"error": "unknown watcher id", "error-code": "not found"}]
        for method in ("Next", "Stop")
        for watcher_id in ("", "1", "01", "x", "-1")
    ),
]


async def test_rows_of_bad_requests(site: Site) -> None:
    """Each gets its text and code, an empty response beside them, and keeps the connection (1.8, 4.1)."""
    callers = {who: await site.caller(who) for who in ("nobody", "agent", "admin", "admin on /api")}
    for who, called, more, expected in BAD_REQUESTS:
        answer = await callers[who].call(*called, **more)
        assert answer == {"response": {}, **expected}, (who, called, more)
    old = await callers["nobody"].call("Admin", 4, "LoginWithSessionToken")
    assert "does not support login from old clients" in old["error"]
    assert old["error-code"] == "not supported"
    odd = await callers["admin"].call("MetricsDebug", 2, "SetMeterStatus", {"statues": "x"})
    assert set(odd) == {"response", "error"}
    lost = await site.dial(f"/model/{UNKNOWN_MODEL}/api")
    for called in (("Admin", 3, "Login"), ("Pinger", 1, "Ping"), ("Admin", 4, "x")):
        gone = {"error": f'unknown model: "{UNKNOWN_MODEL}"', "error-code": "model not found"}
        assert await lost.call(*called) == {"response": {}, **gone}


BAD_LOGIN = {"error": "invalid entity name or password", "error-code": "unauthorized access"}
LOGINS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"auth-tag": "user-admin", "credentials": "wrong"}, BAD_LOGIN),
    ({"auth-tag": "user-admin"}, BAD_LOGIN),
    ({"auth-tag": "user-admin", "credentials": None, "macaroons": None}, BAD_LOGIN),
    ({"auth-tag": "user-nobody", "credentials": "wrong"}, BAD_LOGIN),
    ({"auth-tag": "user-jujuanonymous"}, BAD_LOGIN),
    ({"auth-tag": "unit-shop-0", "credentials": "wrong"}, BAD_LOGIN),
    ({"auth-tag": "unit-shop-7", "credentials": "wrong"}, BAD_LOGIN),
    ({"auth-tag": "machine-0", "credentials": "wrong"}, BAD_LOGIN),
    ({"auth-tag": "planet-mars"}, {"error": '"planet-mars" is not a valid tag'}),
    ({"auth-tag": "unit-"}, {"error": '"unit-" is not a valid unit tag'}),
    ({"auth-tag": "user-a"}, {"error": '"user-a" is not a valid user tag'}),
    *(
        (
            {"auth-tag": nobody},
            {"error": "failed to authenticate request: unauthorized", "error-code": "unauthorized access"},
        )
        for nobody in ("", "user-")
    ),
]


async def test_rows_of_login(site: Site) -> None:
    """A refused login leaves the connection for the next, and an accepted one has exactly its keys (2)."""
    wire = await site.dial()
    for params, expected in LOGINS:
        assert await wire.call("Admin", 3, "Login", params) == {"response": {}, **expected}, params

    user = (await wire.log_in("user-admin@local", site.login.password))["response"]
    facades = {each["name"]: each["versions"] for each in user["facades"]}
    assert list(facades) == sorted(facades)
    assert facades.items() >= {"MeterStatus": [2], "MetricsDebug": [2], "NotifyWatcher": [1]}.items()
    assert "Admin" not in facades
    address = {"value": "127.0.0.1", "type": "ipv4", "scope": "local-machine", "port": site.port}
    common = {
        "servers": [[address]],
        "controller-tag": f"controller-{site.login.controller}",
        "server-version": user["server-version"],
    }
    assert user["server-version"].startswith("3.")
    info = {"display-name": "", "identity": "user-admin", "controller-access": "superuser"}
    model = {"model-tag": f"model-{site.login.model}", "facades": user["facades"]}
    assert user == {**common, **model, "user-info": {**info, "model-access": "admin"}}

    agent = await (await site.dial()).log_in("unit-shop-0", site.password)
    ours = [{"name": f"MeterStatus{word}", "versions": [1]} for word in ("Admin", "Delivery", "Policy")]
    model["facades"] = sorted([*user["facades"], *ours], key=lambda each: each["name"])
    assert agent == {"response": {**common, **model}}
    for path in ("/api", "/"):
        bare = (await (await site.dial(path)).log_in("user-admin", site.login.password))["response"]
        names = [each["name"] for each in bare.pop("facades")]
        own = ["Controller", "ModelConfig", "ModelManager"]
        assert names == [*own, "NotifyWatcher", "Pinger", "UserManager"]
        assert bare == {**common, "user-info": {**info, "model-access": ""}}


def tag_error(text: str, kind: str = "") -> dict[str, Any]:
    """Give the error inside a result for text that is no tag."""
    return {"error": {"message": f'"{text}" is not a valid {kind}tag', "code": ""}}


async def test_rows_of_meter_status(site: Site) -> None:
    """Each entity has its own answer or its own error, with exactly the keys of its method (4.2, 4.3)."""
    agent = await site.agent()
    tags = ["unit-shop-0", "unit-shop-1", "unit-none-9", "application-shop", "user-admin", "x", ""]
    asked = {"entities": [{"tag": tag} for tag in tags]}
    read = await agent.call("MeterStatus", 2, "GetMeterStatus", asked)
    refused: dict[str, Any] = {"code": "", "info": "", "error": DENIED}
    assert read["response"]["results"] == [{"code": "AMBER", "info": "not set"}, *[refused] * 6]
    watch = await agent.call("MeterStatus", 2, "WatchMeterStatus", asked)
    unwatched: dict[str, Any] = {"NotifyWatcherId": "", "error": DENIED}
    assert watch["response"]["results"] == [{"NotifyWatcherId": "1"}, *[unwatched] * 6]

    own_errors = [{"error": DENIED}] * 2 + [
        tag_error("application-shop", "unit "),
        tag_error("user-admin", "unit "),
        tag_error("x"),
        tag_error(""),
    ]
    state = await agent.call("MeterStatus", 2, "State", asked)
    assert state["response"]["results"] == [{}, *own_errors]
    parts: dict[str, Any] = {
        "meter-status-state": "status-code: RED\n",
        "charm-state": {"a": "b"},
        "relation-state": {"1": "x"},
        "uniter-state": "u",
    }
    written = {"args": [{"tag": tag, **parts} for tag in tags]}
    stored = await agent.call("MeterStatus", 2, "SetState", written)
    assert stored["response"]["results"] == [{}, *own_errors]
    changes: dict[str, Any] = {"tag": "unit-shop-0", "meter-status-state": "", "charm-state": {}}
    await agent.call("MeterStatus", 2, "SetState", {"args": [changes]})
    kept = {"relation-state": {"1": "x"}, "uniter-state": "u"}
    assert await agent.call("MeterStatus", 2, "State", OWN) == {"response": {"results": [kept]}}
    big = {"args": [{"tag": "unit-shop-0", "uniter-state": "x" * 524_289}]}
    quota = (await agent.call("MeterStatus", 2, "SetState", big))["response"]["results"][0]["error"]
    assert quota["code"] == "quota limit exceeded"
    assert quota["message"].endswith("max allowed size (524288) exceeded")
    for method, key in (("GetMeterStatus", "entities"), ("State", "entities"), ("SetState", "args")):
        forms: list[Any] = [None, {}, {key: None}, {key: []}, {key.upper(): []}]
        for params in forms:
            assert await agent.call("MeterStatus", 2, method, params) == {"response": {"results": []}}


SET_ROWS: list[tuple[dict[str, Any], dict[str, str] | None]] = [
    ({"tag": "x", "code": "bad"}, {"message": '"x" is not a valid tag', "code": ""}),
    ({"tag": "unit-shop-7", "code": "bad"}, {"message": 'unit "shop/7" not found', "code": "not found"}),
    (
        {"tag": "application-none", "code": "bad"},
        {"message": 'application "none" not found', "code": "not found"},
    ),
    *(
        ({"tag": "unit-shop-0", "code": code}, {"message": f'meter status "{told}" not valid', "code": kind})
        for kind in ("not valid",)
        for code, told in (
            ("red", "NOT AVAILABLE"),
            ("", "NOT AVAILABLE"),
            ("NOT AVAILABLE", "NOT AVAILABLE"),
            ("NOT SET", "NOT SET"),
        )
    ),
    (
        {"tag": "unit-shop-0", "code": "RED", "info": "a\0b"},
        {"message": "invalid meter status info: it has the character U+0000", "code": "not valid"},
    ),
    ({"tag": "unit-shop-0", "code": "GREEN"}, None),
    ({"tag": "unit-shop-0", "code": "AMBER", "info": "soon"}, None),
    ({"tag": "application-shop", "code": "RED", "info": "over"}, None),
]


async def test_rows_of_setting_and_metrics(site: Site) -> None:
    """One call with every row answers each in order, and what it set is what agents are told (6, 7.3)."""
    admin, agent = await site.admin(), await site.agent()
    answer = await admin.call("MetricsDebug", 2, "SetMeterStatus", {"statues": [row for row, _ in SET_ROWS]})
    expected = [{} if error is None else {"error": error} for _, error in SET_ROWS]
    assert answer == {"response": {"results": expected}}
    told = await agent.call("MeterStatus", 2, "GetMeterStatus", OWN)
    assert told == {"response": {"results": [{"code": "RED", "info": "over"}]}}

    wrong_kind = {"statues": [{"tag": "user-admin", "code": "bad"}]}
    kind = (await admin.call("MetricsDebug", 2, "SetMeterStatus", wrong_kind))["response"]["results"][0]
    assert kind["error"]["message"].startswith("expected application or unit tag")
    assert kind["error"]["code"] == ""
    nothing: dict[str, Any] = {"response": {"results": []}}
    assert await admin.call("MetricsDebug", 2, "SetMeterStatus", {"statuses": SET_ROWS}) == nothing
    tags = ["unit-shop-0", "application-shop", "unit-shop-7", "x", "user-admin"]
    metrics = await admin.call("MetricsDebug", 2, "GetMetrics", {"entities": [{"tag": tag} for tag in tags]})
    missing = {"message": 'failed to get metrics: unit "shop/7" not found', "code": "not found"}
    odd = {"error": {"message": "invalid tag user-admin", "code": ""}}
    assert metrics["response"]["results"] == [{}, {}, {"error": missing}, tag_error("x"), odd]
    assert await admin.call("MetricsDebug", 2, "GetMetrics") == {"response": {"results": [{}]}}


async def test_rows_of_watching(site: Site) -> None:
    """What fires a watcher and what does not, who is answered, and how it ends (4.4, 5, 7.5)."""
    admin, agent = await site.admin(), await site.agent()

    async def put(tag: str, code: str, info: str = "") -> None:
        statues = {"statues": [{"tag": tag, "code": code, "info": info}]}
        answer = await admin.call("MetricsDebug", 2, "SetMeterStatus", statues)
        assert answer == {"response": {"results": [{}]}}

    for expected in ("1", "2"):
        watch = await agent.call("MeterStatus", 2, "WatchMeterStatus", OWN)
        assert watch["response"]["results"] == [{"NotifyWatcherId": expected}]
    # Between the watch and the first Next; then kept as one, for each watcher.
    await put("unit-shop-0", "RED")
    await put("unit-shop-0", "AMBER")
    for watcher_id in ("1", "2"):
        assert await agent.call("NotifyWatcher", 1, "Next", id=watcher_id) == {"response": {}}
    # python-libjuju's capital.
    waiting = await agent.send("NotifyWatcher", 1, "Next", Id="1")
    await put("unit-shop-0", "AMBER")
    await put("unit-shop-1", "RED")
    await agent.call("MeterStatus", 2, "SetState", {"args": [{"tag": "unit-shop-0", "uniter-state": "x"}]})
    # None of these fired, for the answer to this would come after it.
    assert await agent.call("Pinger", 1, "Ping") == {"response": {}}
    await put("application-shop", "RED", "over")
    assert await agent.receive() == {"request-id": waiting, "response": {}}

    waiting = await agent.send("NotifyWatcher", 1, "Next", id="1")
    stopping = await agent.send("NotifyWatcher", 1, "Stop", id="1")
    answers = {answer["request-id"]: answer for answer in [await agent.receive(), await agent.receive()]}
    stopped = {"error": "watcher has been stopped", "error-code": "stopped"}
    assert answers[waiting] == {"request-id": waiting, "response": {}, **stopped}
    assert answers[stopping] == {"request-id": stopping, "response": {}}
    watch = await agent.call("MeterStatus", 2, "WatchMeterStatus", OWN)
    assert watch["response"]["results"] == [{"NotifyWatcherId": "3"}]

    waiting = await agent.send("NotifyWatcher", 1, "Next", id="3")
    await admin.call("MeterStatusAdmin", 1, "RemoveUnits", {"units": [{"unit": "shop/0"}]})
    assert await agent.receive() == {"request-id": waiting, "response": {}}
    lost = {"message": 'unit "shop/0" not found', "code": "not found"}
    for method, result in (
        ("GetMeterStatus", {"code": "NOT AVAILABLE", "info": "", "error": lost}),
        ("WatchMeterStatus", {"NotifyWatcherId": "", "error": lost}),
        ("State", {"error": lost}),
    ):
        assert await agent.call("MeterStatus", 2, method, OWN) == {"response": {"results": [result]}}


async def test_what_one_connection_may_hold_is_bounded(site: Site) -> None:
    """Too many requests or watchers are told to try again, and others notice nothing."""
    agent, admin = await site.agent(), await site.admin()
    many = {"entities": OWN["entities"] * 100}
    results: list[Any] = []
    for _ in range(3):
        results += (await agent.call("MeterStatus", 2, "WatchMeterStatus", many))["response"]["results"]
    refused = [each["error"] for each in results if not each["NotifyWatcherId"]]
    watchers = {"message": "too many watchers on this connection", "code": "try again"}
    assert refused == [watchers] * 100
    for _ in range(300):
        await agent.send("NotifyWatcher", 1, "Next", id="1")
    requests = {"error": "too many requests on this connection", "error-code": "try again"}
    for _ in range(100):
        answer = await agent.receive()
        del answer["request-id"]
        assert answer == {"response": {}, **requests}
    assert await admin.call("Pinger", 1, "Ping") == {"response": {}}


async def test_a_stop_answers_before_it_closes(tmp_path: pathlib.Path) -> None:
    """A pending Next fails as stopped, then the connection closes without a code (1.10)."""
    async with serving(tmp_path / "controller") as (site, process):
        agent = await site.agent()
        await agent.call("MeterStatus", 2, "WatchMeterStatus", OWN)
        waiting = await agent.send("NotifyWatcher", 1, "Next", id="1")
        await agent.call("Pinger", 1, "Ping")
        process.terminate()
        stopped = {"error": "watcher has been stopped", "error-code": "stopped"}
        assert await agent.receive() == {"request-id": waiting, "response": {}, **stopped}
        with pytest.raises(websockets.ConnectionClosed) as caught:
            await agent.receive()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1005
        await process.wait()


async def test_what_speaks_no_tls_or_never_ends_holds_nobody_up(site: Site) -> None:
    """Plain HTTP, rubbish, half a handshake and half a request leave the port to the others."""
    opened: list[asyncio.StreamWriter] = []
    for greeting in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 5000, b"\x16\x03\x01", b""):
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(greeting)
            opened.append(writer)
    assert await (await site.admin()).call("Pinger", 1, "Ping") == {"response": {}}
    for writer in opened:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


NOT_MIGRATING: dict[str, Any] = {
    "migration-id": "",
    "attempt": 0,
    "phase": "NONE",
    "source-api-addrs": [],
    "source-ca-cert": "",
    "target-api-addrs": [],
    "target-ca-cert": "",
}


async def test_a_whole_juju_unit_agent_finds_what_it_asks_for(site: Site) -> None:
    """The calls of a unit agent with all its workers, in its order; those that wait hold up none (9.1).

    Its worker for meter statuses begins once MigrationStatusWatcher has said that there is no migration. What
    its other workers ask for is answered as well, but for ``Uniter``.
    """
    agent = await site.dial()
    login = {"auth-tag": "unit-shop-0", "credentials": site.password, "nonce": "unused", "macaroons": None}
    more = {"bakery-version": 3, "cli-args": "", "user-data": "", "client-version": "2.9.31"}
    offered = (await agent.call("Admin", 3, "Login", login | more))["response"]["facades"]
    assert {"name": "MigrationMinion", "versions": [1]} in offered
    entity = (await agent.call("Agent", 3, "GetEntities", OWN))["response"]["entities"]
    assert entity == [{"life": "alive", "jobs": None, "container-type": ""}]
    password = {"changes": [{"tag": "unit-shop-0", "password": "a" * 24}]}
    assert await agent.call("Agent", 3, "SetPasswords", password) == {"response": {"results": [{}]}}
    model = {"entities": [{"tag": f"model-{site.login.model}"}]}
    phase = {"response": {"results": [{"phase": "NONE"}]}}
    assert await agent.call("MigrationFlag", 1, "Phase", model) == phase
    flag = await agent.call("MigrationFlag", 1, "Watch", model)
    assert flag == {"response": {"results": [{"NotifyWatcherId": "1"}]}}
    waiting = {await agent.send("NotifyWatcher", 1, "Next", id="1")}

    assert await agent.call("MigrationMinion", 1, "Watch", {}) == {"response": {"NotifyWatcherId": "2"}}
    first = await agent.call("MigrationStatusWatcher", 1, "Next", id="2")
    assert first == {"response": NOT_MIGRATING}
    waiting.add(await agent.send("MigrationStatusWatcher", 1, "Next", id="2"))

    tools = {"agent-tools": [{"tag": "unit-shop-0", "tools": {"version": "2.9.31-ubuntu-amd64"}}]}
    assert await agent.call("Upgrader", 1, "SetTools", tools) == {"response": {"results": [{}]}}
    desired = await agent.call("Upgrader", 1, "DesiredVersion", OWN)
    assert desired == {"response": {"results": [{"version": "2.9.31"}]}}
    claim = {"params": [{"application-tag": "application-shop", "unit-tag": "unit-shop-0", "duration": 60}]}
    claimed = await agent.call("LeadershipService", 2, "ClaimLeadership", claim)
    assert claimed["response"]["results"][0]["error"]["code"] == "leadership claim denied"
    released = {"Name": "application-shop"}
    waiting.add(await agent.send("LeadershipService", 2, "BlockUntilLeadershipReleased", released))
    for facade, method in (
        ("Upgrader", "WatchAPIVersion"),
        ("Logger", "WatchLoggingConfig"),
        ("Logger", "LoggingConfig"),
        ("RetryStrategy", "RetryStrategy"),
        ("RetryStrategy", "WatchRetryStrategy"),
    ):
        (answer,) = (await agent.call(facade, 1, method, OWN))["response"]["results"]
        assert "error" not in answer, (facade, method)
    nothing: dict[str, Any] = {"response": {"results": []}}
    assert await agent.call("MetricsAdder", 2, "AddMetricBatches", {"batches": []}) == nothing

    state = await agent.call("MeterStatus", 2, "State", OWN)
    assert state == {"response": {"results": [{}]}}
    (watch,) = (await agent.call("MeterStatus", 2, "WatchMeterStatus", OWN))["response"]["results"]
    following = await agent.send("NotifyWatcher", 1, "Next", id=watch["NotifyWatcherId"])
    status = {"response": {"results": [{"code": "AMBER", "info": "not set"}]}}
    assert await agent.call("MeterStatus", 2, "GetMeterStatus", OWN) == status
    red = {"statues": [{"tag": "unit-shop-0", "code": "RED", "info": "over budget"}]}
    await (await site.admin()).call("MetricsDebug", 2, "SetMeterStatus", red)
    assert await agent.receive() == {"request-id": following, "response": {}}
    told = {"tag": "unit-shop-0", "meter-status-state": "status-code: RED\nstatus-info: over budget\n"}
    assert await agent.call("MeterStatus", 2, "SetState", {"args": [told]}) == {"response": {"results": [{}]}}
    assert await agent.call("Pinger", 1, "Ping") == {"response": {}}
    assert (await agent.call("Uniter", 18, "Life", OWN))["error-code"] == MISSING
    assert len(waiting) == 3


async def test_the_waits_of_a_unit_agent_end_with_the_controller(tmp_path: pathlib.Path) -> None:
    """Stopped, the controller ends each wait of an agent as stopped, and closes the connection (1.10)."""
    async with serving(tmp_path / "controller") as (site, process):
        agent = await site.agent()
        await agent.call("MigrationMinion", 1, "Watch", {})
        await agent.call("MigrationStatusWatcher", 1, "Next", id="1")
        waiting = {
            await agent.send("MigrationStatusWatcher", 1, "Next", id="1"),
            await agent.send("LeadershipService", 2, "BlockUntilLeadershipReleased", {"Name": "shop"}),
        }
        assert await agent.call("Pinger", 1, "Ping") == {"response": {}}
        process.terminate()
        answers = [await agent.receive() for _ in waiting]
        assert {answer["request-id"] for answer in answers} == waiting
        assert {answer["error-code"] for answer in answers} == {"stopped"}
        await process.wait()
