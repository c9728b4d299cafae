"""One controller, one agent and its units, started through the commands that a user types."""

import contextlib
import os
import pathlib
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

READY_SECONDS = 20.0


class Fleet:
    """The processes and where they keep what they have.

    Attributes:
        agent: the agent's process.
        login: the first user's login file.
    """

    def __init__(self, folder: pathlib.Path, agent_python: str) -> None:
        self._folder = folder
        self._agent_python = agent_python
        self._running: list[subprocess.Popen[bytes]] = []
        self.login = folder / "controller" / "login.yaml"
        self.agent: subprocess.Popen[bytes] | None = None

    def meterstatus(self, *words: str) -> None:
        """Run one command to its end."""
        subprocess.run([sys.executable, "-m", "meterstatus", *words], check=True, stdout=subprocess.DEVNULL)

    def start_controller(self) -> None:
        """Make a controller and run it."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        data_dir = str(self._folder / "controller")
        self.meterstatus("controller", "init", "--data-dir", data_dir, "--port", str(port))
        self._start("controller", ["controller", "run", "--data-dir", data_dir], "controller ready")

    def add_unit(self, name: str, charm: pathlib.Path, *options: str) -> pathlib.Path:
        """Add a unit with a copy of a charm; returns the copy."""
        data_dir = self._folder / "agent"
        words = ["unit", "add", name, "--login", str(self.login), "--data-dir", str(data_dir)]
        self.meterstatus(*words, "--charm", str(charm), *options)
        return data_dir / "agents" / f"unit-{name.replace('/', '-')}" / "charm"

    def start_agent(self) -> None:
        """Run the agent."""
        words = ["agent", "run", "--data-dir", str(self._folder / "agent")]
        words += ["--lock-dir", str(self._folder / "agent")]
        self.agent = self._start("agent", words, "connected to", self._agent_python)

    def _start(
        self, name: str, words: Sequence[str], ready: str, python: str = sys.executable
    ) -> subprocess.Popen[bytes]:
        log = self._folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen([python, "-m", "meterstatus", *words], stdout=output, stderr=output)
        self._running.append(process)
        end = time.monotonic() + READY_SECONDS
        while ready.encode() not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{name} did not become ready; its log:\n{log.read_text()}")
            time.sleep(0.05)
        return process

    def stop(self) -> None:
        """End every process."""
        for process in reversed(self._running):
            process.terminate()
            process.wait()


@contextlib.contextmanager
def running_fleet(
    units: Sequence[tuple[str, pathlib.Path]], *, agent_python: str = sys.executable
) -> Iterator[tuple[Fleet, list[pathlib.Path]]]:
    """Run a fleet of the given units (name and charm); yields it and the units' charm directories."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="meterstatus-bench-"))
    fleet = Fleet(folder, agent_python)
    try:
        fleet.start_controller()
        charms = [fleet.add_unit(name, charm, "--status", "GREEN") for name, charm in units]
        fleet.start_agent()
        yield fleet, charms
    finally:
        fleet.stop()
        shutil.rmtree(folder, ignore_errors=True)


def machine() -> str:
    """Describe the machine in one line, for beside the figures."""
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} x {model}, {system}"
