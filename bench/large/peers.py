"""The same fan-out through nats-server and etcd: one message to all who wait for it.

Both get their best case: without TLS, one subject and one key that all wait for, and clients that only look
whether something came. Each server is started here, on a free port, with its data in a directory given.
"""

import asyncio
import base64
import contextlib
import json
import pathlib
import shutil
import statistics
import subprocess
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any, cast

from large import looks

from meterstatus.programs.demo import ports

ROUNDS = 5
OPENING_AT_ONCE = 200
PAYLOAD = b'{"code":"RED","info":"a mass change of the whole fleet"}'
INSTALL = "nats-server and etcd are missing: apt-get install nats-server etcd-server"
_KEY = base64.b64encode(b"fleet").decode()


class Waiting(asyncio.Protocol):
    """One client: says its words, and counts what comes after the answer to them."""

    def __init__(self, words: bytes, ready: bytes, came: bytes, count: "Count") -> None:
        self._words, self._ready, self._came, self._count = words, ready, came, count
        self.is_ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say the words."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._words)

    def data_received(self, data: bytes) -> None:
        """Take the answer to them, then count."""
        if not self.is_ready.done():
            if self._ready in data:
                self.is_ready.set_result(None)
            return
        if data == b"PING\r\n":
            self._transport.write(b"PONG\r\n")
        elif self._came in data:
            self._count.add()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give up, where the answer never came."""
        if not self.is_ready.done():
            self.is_ready.set_exception(exc or ConnectionResetError("refused"))


class Count:
    """How many got the message, and when the last did."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self.begin()

    def begin(self) -> None:
        """Begin the next message."""
        self._got = 0
        self.last_ns = 0
        self.all_got = asyncio.Event()

    def add(self) -> None:
        """Take note that one more got it."""
        self._got += 1
        self.last_ns = time.monotonic_ns()
        if self._got == self._wanted:
            self.all_got.set()


async def _open(count: int, make: Callable[[], Waiting], port: int) -> list[Waiting]:
    opening = asyncio.Semaphore(OPENING_AT_ONCE)
    loop = asyncio.get_running_loop()

    async def one(number: int) -> Waiting:
        async with opening:
            host = f"127.0.0.{1 + number % 8}"
            _, made = await loop.create_connection(make, host, port)
            await made.is_ready
            return made

    return list(await asyncio.gather(*map(one, range(count))))


@contextlib.asynccontextmanager
async def _serving(words: list[str], port: int, log: pathlib.Path) -> AsyncGenerator[int]:
    with log.open("wb") as output:
        server = subprocess.Popen(words, stdout=output, stderr=output)  # noqa: ASYNC220 - nothing waits here
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.1)
        else:
            raise SystemExit(f"{words[0]} did not start; its log is {log.read_text()}")
        yield server.pid
    finally:
        server.kill()
        server.wait()


async def _rounds(count: Count, publish: Callable[[], Any]) -> list[float]:
    took: list[float] = []
    for _ in range(ROUNDS + 1):
        count.begin()
        asked = time.monotonic_ns()
        await publish()
        async with asyncio.timeout(60):
            await count.all_got.wait()
        took.append((count.last_ns - asked) / 1e6)
        await asyncio.sleep(0.5)
    return took[1:]  # the first warms up


async def nats(agents: int, folder: pathlib.Path) -> dict[str, Any]:
    """Publish to one subject that so many have subscribed to."""
    port = ports.free_port()
    config = folder / "nats.conf"
    config.write_text(f'listen: "0.0.0.0:{port}"\nmax_connections: {agents + 100}\n')
    words = ["nats-server", "-c", str(config)]
    async with _serving(words, port, folder / "nats.log") as pid:
        count = Count(agents)
        base = looks.resident_kib(pid)
        hello = b'CONNECT {"verbose":false}\r\nSUB fleet 1\r\nPING\r\n'
        await _open(agents, lambda: Waiting(hello, b"PONG", b"MSG fleet", count), port)
        memory = (looks.resident_kib(pid) - base) / agents
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b'CONNECT {"verbose":false}\r\n')

        async def publish() -> None:
            writer.write(b"PUB fleet %d\r\n%s\r\n" % (len(PAYLOAD), PAYLOAD))

        return _told(await _rounds(count, publish), memory)


async def etcd(agents: int, folder: pathlib.Path) -> dict[str, Any]:
    """Put one key that so many watch, each over a connection of its own to the JSON gateway."""
    port, peer_port = ports.free_port(), ports.free_port()
    words = ["etcd", "--data-dir", str(folder / "etcd"), "--log-level", "error"]
    words += ["--listen-client-urls", f"http://0.0.0.0:{port}"]
    words += ["--advertise-client-urls", f"http://127.0.0.1:{port}"]
    words += ["--listen-peer-urls", f"http://127.0.0.1:{peer_port}"]
    words += ["--initial-advertise-peer-urls", f"http://127.0.0.1:{peer_port}"]
    words += ["--initial-cluster", f"default=http://127.0.0.1:{peer_port}"]
    async with _serving(words, port, folder / "etcd.log") as pid:
        count = Count(agents)
        base = looks.resident_kib(pid)
        watch = _post("/v3/watch", {"create_request": {"key": _KEY}})
        await _open(agents, lambda: Waiting(watch, b'"created":true', b'"events"', count), port)
        memory = (looks.resident_kib(pid) - base) / agents
        put = _post("/v3/kv/put", {"key": _KEY, "value": base64.b64encode(PAYLOAD).decode()})
        _, writer = await asyncio.open_connection("127.0.0.1", port)

        async def publish() -> None:
            writer.write(put)

        return _told(await _rounds(count, publish), memory)


def _post(path: str, body: dict[str, Any]) -> bytes:
    text = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text


def _told(took: list[float], memory_kib: float) -> dict[str, Any]:
    return {
        "last-agent-ms": round(statistics.median(took), 1),
        "rounds-ms": [round(each, 1) for each in took],
        "kib-per-connection": round(memory_kib, 1),
    }


def are_there() -> bool:
    """Tell whether both servers are installed."""
    return all(map(shutil.which, ("nats-server", "etcd")))
