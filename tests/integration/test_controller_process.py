"""The controller as a process of its own: what survives its death, and how it ends and fails to start."""

import asyncio
import contextlib
import datetime
import pathlib
import re
import signal
import socket
import ssl
import sys
from collections.abc import AsyncGenerator

import pytest

from harness import postgres
from meterstatus import errors
from meterstatus.adapters import websocket_client
from meterstatus.adapters.files import login_file
from meterstatus.adapters.sql import postgres as sql
from meterstatus.ports import connection
from meterstatus.programs.controller import serve
from meterstatus.testing import manual_clock

PROGRAM = """
import atexit, ctypes, gc, pathlib, sys
from meterstatus.programs.controller import serve
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in "abcdefghij"]
libc.mallinfo.restype = Info
def is_mapped():
    # Once large ones were freed, where the limit moves the next are no mappings of their own (the field d);
    # many, for a few find room in the heap whatever the limit is.
    for block in [libc.malloc(2**18) for _ in range(64)]:
        libc.free(block)
    before = libc.mallinfo().d
    return [libc.malloc(2**18) for _ in range(64)] and libc.mallinfo().d > before
atexit.register(lambda: print(
    f"collector: {gc.get_threshold()[0]}, frozen: {gc.get_freeze_count() > 0},"
    f" large buffers mapped: {is_mapped()}", file=sys.__stderr__
))
sys.exit(serve.run(pathlib.Path(sys.argv[1]), listen="127.0.0.1", port=0))
"""


class Process:
    """A running controller process."""

    def __init__(self, process: asyncio.subprocess.Process, login: login_file.LoginFile, port: int) -> None:
        self.process = process
        self._login = login
        self.port = port

    async def admin(self) -> connection.APIConnection:
        """Connect and log in as the admin."""
        login = self._login
        endpoint = connection.Endpoint(
            f"127.0.0.1:{self.port}", f"/model/{login.model}/api", login.ca_certificate
        )
        made = await websocket_client.WebSocketDialer().dial(endpoint)
        credentials = {"auth-tag": f"user-{login.user}", "credentials": login.password}
        await made.call("Admin", 3, "Login", credentials)
        return made

    async def log(self) -> str:
        """Return what it has logged since it was ready; ends when the process does."""
        assert self.process.stderr is not None
        return (await self.process.stderr.read()).decode()


@contextlib.asynccontextmanager
async def running(data_dir: pathlib.Path) -> AsyncGenerator[Process]:
    """Run a controller process until the context ends, then kill it if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(data_dir), stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        line = ""
        while "controller ready on" not in line:
            line = (await process.stderr.readline()).decode()
            assert line, "the controller ended before it was ready"
        ready = re.search(r"controller ready on 127\.0\.0\.1 port (\d+)", line)
        assert ready is not None
        yield Process(process, login_file.read(data_dir / "login.yaml"), int(ready.group(1)))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.fixture
def data_dir(tmp_path: pathlib.Path) -> pathlib.Path:
    """Give a new controller's directory."""
    serve.init(serve.InitOptions(tmp_path / "controller", ("127.0.0.1",)))
    return tmp_path / "controller"


async def test_what_was_acknowledged_survives_a_kill(data_dir: pathlib.Path) -> None:
    """Killed right after it acknowledged changes, a controller has every one of them when it is back."""
    units = [{"unit": f"shop/{number}"} for number in range(20)]
    async with running(data_dir) as process:
        admin = await process.admin()
        await admin.call("MeterStatusAdmin", 1, "AddUnits", {"units": units})
        for number in range(20):
            statue = {"tag": f"unit-shop-{number}", "code": "RED", "info": f"number {number}"}
            answer = await admin.call("MetricsDebug", 2, "SetMeterStatus", {"statues": [statue]})
            assert answer == {"results": [{}]}
        process.process.kill()
        await process.process.wait()
        await admin.wait_closed()
    async with running(data_dir) as process:
        admin = await process.admin()
        answer = await admin.call("MeterStatusAdmin", 1, "Status", {})
        assert [unit["info"] for unit in answer["units"]] == [f"number {number}" for number in range(20)]
        assert answer["revision"] == 40
        await admin.close()


def look_inside(port: int, data_dir: pathlib.Path) -> tuple[str, bool]:
    """Ask for the health over TLS; return the answer's end, and whether there was a ticket."""
    context = ssl.create_default_context(cafile=data_dir / "ca.pem")
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="juju-apiserver") as stream,
    ):
        stream.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while part := stream.recv(4096):
            answer += part
        return answer.decode()[-8:], stream.session is not None and stream.session.has_ticket


async def test_it_is_set_up_for_a_large_fleet(data_dir: pathlib.Path) -> None:
    """All descriptors there may be, a collector that seldom looks, no tickets, large buffers given back."""
    async with running(data_dir) as process:
        limits = pathlib.Path(f"/proc/{process.process.pid}/limits").read_text()
        soft, hard = re.findall(r"Max open files +(\d+) +(\d+)", limits)[0]
        assert soft == hard
        assert await asyncio.to_thread(look_inside, process.port, data_dir) == ("running\n", False)
        process.process.send_signal(signal.SIGTERM)
        assert "collector: 50000, frozen: True, large buffers mapped: True" in await process.log()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_order(data_dir: pathlib.Path, number: signal.Signals) -> None:
    """SIGTERM and SIGINT close the connections, exit with status 0 and leave no log file of the database."""
    async with running(data_dir) as process:
        admin = await process.admin()
        process.process.send_signal(number)
        await admin.wait_closed()
        log = await process.log()
        assert await process.process.wait() == 0
    assert f"stopping on {number.name}" in log
    assert log.splitlines()[-2].endswith("INFO meterstatus.controller: controller stopped")
    assert "Traceback" not in log
    assert not (data_dir / "controller.db-wal").exists()


async def fails(data_dir: pathlib.Path, port: int = 0, listen: str = "127.0.0.1") -> str:
    """Serve a directory that cannot be served, and return the error, which is one line."""
    with pytest.raises((errors.ConfigError, errors.StoreUnavailableError)) as caught:
        async with serve.serve(data_dir, listen=listen, port=port):
            pass
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_a_port_in_use_is_told(data_dir: pathlib.Path) -> None:
    """An address that is in use is one clear error, and the directory is free again afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = await fails(data_dir, port)
    assert text.startswith(f"cannot listen on 127.0.0.1, port {port}: ")
    async with serve.serve(data_dir, listen="127.0.0.1", port=0):
        pass


async def test_an_address_that_is_none_is_told(data_dir: pathlib.Path) -> None:
    """What cannot even be looked up is the same clear error."""
    assert (await fails(data_dir, listen="a..b")).startswith("cannot listen on a..b, port 0: ")


async def test_a_missing_directory_is_told(tmp_path: pathlib.Path) -> None:
    """Where no controller was made, the error says how to make one."""
    text = await fails(tmp_path / "nothing")
    assert "there is no controller in" in text
    assert "meterstatus controller init" in text


async def test_a_damaged_directory_is_told(data_dir: pathlib.Path) -> None:
    """A database or certificate that is no good is named."""
    database = data_dir / "controller.db"
    good = database.read_bytes()
    database.write_bytes(b"rubbish" * 1000)
    assert str(database) in await fails(data_dir)
    database.write_bytes(good)
    (data_dir / "server.pem").write_text("rubbish")
    assert "the server certificate in" in await fails(data_dir)
    (data_dir / "server.pem").unlink()
    assert "the server certificate in" in await fails(data_dir)


async def test_controllers_reckon_by_the_databases_clock(
    tmp_path: pathlib.Path, postgres_server: postgres.Server
) -> None:
    """One whose clock is an hour ahead writes down the database's time, and how far it is off."""
    url = postgres_server.url(postgres_server.database())
    options = serve.InitOptions(tmp_path / "controller", ("127.0.0.1",), database=url)
    await asyncio.to_thread(serve.init, options)
    hour = datetime.timedelta(hours=1)
    clock = manual_clock.ManualClock(datetime.datetime.now(datetime.UTC) + hour)
    async with serve.serve(options.data_dir, listen="127.0.0.1", port=0, clock=clock):
        store = await sql.open_repository(sql.parse(url))
        (process,) = await store.controllers()
        await store.close()
    assert process.ahead == pytest.approx(hour, abs=hour / 6)
    assert process.seen_at == pytest.approx(datetime.datetime.now(datetime.UTC), abs=hour / 6)


@pytest.mark.parametrize(
    ("names", "listens"),
    [((), "127.0.0.1"), (("127.0.0.1", "::1"), "127.0.0.1"), (("127.0.0.1", "db.example"), "0.0.0.0")],
)
async def test_it_listens_where_it_can_be_reached(
    tmp_path: pathlib.Path, names: tuple[str, ...], listens: str
) -> None:
    """On this machine's loopback alone where it has no name for another machine."""
    serve.init(serve.InitOptions(tmp_path / "controller", names))
    async with serve.serve(tmp_path / "controller", port=0) as server:
        wanted = f":{server.port:04X}"
        table = pathlib.Path("/proc/self/net/tcp").read_text().splitlines()[1:]
        (address,) = {
            row.split()[1] for row in table if row.split()[1].endswith(wanted) and row.split()[3] == "0A"
        }
    assert socket.inet_ntoa(bytes.fromhex(address.partition(":")[0])[::-1]) == listens


async def test_tls_offers_nothing_old(data_dir: pathlib.Path) -> None:
    """With TLS 1.2 there is no cipher without authentication in one: CBC is refused."""

    def hello(port: int, ciphers: str) -> str:
        context = ssl.create_default_context(cafile=data_dir / "ca.pem")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            context.wrap_socket(plain, server_hostname="juju-apiserver") as stream,
        ):
            return str(stream.cipher())

    async with serve.serve(data_dir, listen="127.0.0.1", port=0) as server:
        assert "GCM" in await asyncio.to_thread(hello, server.port, "ECDHE+AESGCM")
        with pytest.raises(ssl.SSLError):
            await asyncio.to_thread(hello, server.port, "ECDHE+AES:!AESGCM:!AESCCM")
