"""From a status set at the controller to its hook started, beside the floor of starting the same child.

Each change is timed from just before the request is sent, and from its acknowledgement, to the instant that
the hook itself reads first thing. The floor is a bare asyncio process that starts the same child when a
message comes over a socket. Floor and change take turns, so that both see the same machine; beside them the
disk is timed with what is written ahead of each hook, which the floor does without. A C child and a shell
hook are measured. Run: ``python bench/latency.py [CHANGES]``; needs a C compiler.
"""

import asyncio
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from harness import real_fleet
from meterstatus.adapters import client, websocket_client
from meterstatus.adapters.client import operator
from meterstatus.adapters.files import login_file
from meterstatus.ports import connection
from meterstatus.runtime import durable_file

CHANGES = 300
PAUSE_SECONDS = 0.02
STATE = b"status-code: AMBER\n" + b"status-info: x\n" * 12
"""As long as what an agent writes ahead of a hook."""

HERE = pathlib.Path(__file__).parent

SHELL_HOOK = """#!/bin/sh
read up idle < /proc/uptime
exec ./child
"""

FLOOR = """
import asyncio, os, sys
async def main():
    reader, writer = await asyncio.open_connection(sock=__import__("socket").socket(fileno=int(sys.argv[1])))
    while await reader.readline():
        child = await asyncio.create_subprocess_exec(sys.argv[2], cwd=sys.argv[3])
        await child.wait()
        writer.write(b"\\n")
asyncio.run(main())
"""


def make_charm(folder: pathlib.Path, hook: str | None) -> pathlib.Path:
    """Make a charm whose hook is the C child, or a shell script that becomes it."""
    real_fleet.write_charm(folder, hook or "")
    compiler = shutil.which("cc")
    if compiler is None:
        raise SystemExit("a C compiler is needed: apt-get install gcc")
    subprocess.run([compiler, "-O2", "-o", folder / "child", HERE / "child.c"], check=True)
    if hook is None:
        shutil.copy2(folder / "child", folder / "hooks" / "meter-status-changed")
    return folder


class Stamps:
    """The pipe that hooks write their instants to; opened for both ends, so that none ever sees it closed."""

    def __init__(self, charm: pathlib.Path) -> None:
        self._descriptor = os.open(charm / "stamps", os.O_RDWR | os.O_NONBLOCK)
        self._lines: asyncio.Queue[int] = asyncio.Queue()
        asyncio.get_running_loop().add_reader(self._descriptor, self._read)

    def _read(self) -> None:
        for line in os.read(self._descriptor, 4096).split():
            self._lines.put_nowait(int(line))

    def forget(self) -> None:
        """Drop the instants that are there."""
        while not self._lines.empty():
            self._lines.get_nowait()

    async def next(self) -> int:
        """Return the next hook's instant, in monotonic nanoseconds."""
        async with asyncio.timeout(30):
            return await self._lines.get()


class Floor:
    """A bare asyncio process that starts a child for each message."""

    def __init__(self, child: pathlib.Path, folder: pathlib.Path) -> None:
        self._ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-c", FLOOR, str(theirs.fileno()), str(child), str(folder)],
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        self._ours.setblocking(False)

    async def start_child(self) -> int:
        """Ask for a child; returns when it was asked, in monotonic nanoseconds."""
        asked = time.monotonic_ns()
        await asyncio.get_running_loop().sock_sendall(self._ours, b"\n")
        return asked

    async def child_ended(self) -> None:
        """Wait for the child's end."""
        await asyncio.get_running_loop().sock_recv(self._ours, 1)

    def close(self) -> None:
        """End the process."""
        self._ours.close()
        self._process.wait()


async def connect(login_path: pathlib.Path) -> connection.APIConnection:
    login = login_file.read(login_path)
    made = await websocket_client.WebSocketDialer().dial(
        connection.Endpoint(login.addresses[0], f"/model/{login.model}/api", login.ca_certificate)
    )
    await client.AdminClient(made).login(
        f"user-{login.user}", login.password, model_tag=f"model-{login.model}"
    )
    return made


async def measure(name: str, running: real_fleet.RealFleet, charm: pathlib.Path, changes: int) -> None:
    stamps = Stamps(charm)
    made = await connect(running.login)
    setter = operator.MetricsDebugClient(made)
    hook = charm / "hooks" / "meter-status-changed"
    floor = Floor(hook, charm)
    await stamps.next()  # the first status, GREEN
    floors: list[float] = []
    from_request: list[float] = []
    from_acknowledgement: list[float] = []
    writes: list[float] = []
    for number in range(-10, changes):  # the first ten warm up
        asked = await floor.start_child()
        floor_started = await stamps.next()
        await floor.child_ended()
        await asyncio.sleep(PAUSE_SECONDS)
        sent = time.monotonic_ns()
        await setter.set_meter_status("unit-bench-0", ("AMBER", "RED")[number % 2], f"change {number}")
        acknowledged = time.monotonic_ns()
        started = await stamps.next()
        await asyncio.sleep(PAUSE_SECONDS)
        written = time.monotonic_ns()
        durable_file.write(charm.parent / "bench.yaml", STATE)
        wrote = time.monotonic_ns()
        await asyncio.sleep(PAUSE_SECONDS)
        if number >= 0:
            writes.append((wrote - written) / 1e6)
            floors.append((floor_started - asked) / 1e6)
            from_request.append((started - sent) / 1e6)
            from_acknowledgement.append((started - acknowledged) / 1e6)
    floor.close()
    await made.close()
    print(f"{name}, {changes} changes, ms:")
    show("floor: message to child started", floors)
    show("set acknowledged to hook started", from_acknowledgement, floors)
    show("set sent to hook started", from_request, floors)
    show("of it: one state made durable", writes)


def show(what: str, figures: list[float], floors: list[float] | None = None) -> None:
    p50, p99 = statistics.median(figures), statistics.quantiles(figures, n=100)[98]
    ratios = ""
    if floors is not None:
        floor50, floor99 = statistics.median(floors), statistics.quantiles(floors, n=100)[98]
        ratios = f"  times the floor: p50 {p50 / floor50:.2f}  p99 {p99 / floor99:.2f}"
    print(f"  {what:34} p50 {p50:6.2f}  p99 {p99:6.2f}{ratios}")


def run(folder: pathlib.Path, name: str, hook: str | None, changes: int) -> None:
    running = real_fleet.RealFleet(folder)
    try:
        running.start_controller()
        charm = running.add_unit("bench/0", make_charm(folder / "charm", hook), "--status", "GREEN")
        os.mkfifo(charm / "stamps")
        running.start_agent()
        asyncio.run(measure(name, running, charm, changes))
    finally:
        running.stop()


def main() -> None:
    changes = int(sys.argv[1]) if len(sys.argv) > 1 else CHANGES
    print(real_fleet.machine())
    for name, hook in (("C child", None), ("shell hook", SHELL_HOOK)):
        with tempfile.TemporaryDirectory() as folder:
            run(pathlib.Path(folder), name, hook, changes)
    print("goal: at most 2 times the floor")


if __name__ == "__main__":
    main()
