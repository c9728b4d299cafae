"""A controller and an agent as real processes, started through the commands that a user types.

For the end-to-end tests and the measurements. Everything lies in one directory; every process is ended by
``stop``, whatever became of it.
"""

import contextlib
import dataclasses
import os
import pathlib
import platform
import shlex
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from meterstatus.adapters.files import login_file
from meterstatus.domain import names
from meterstatus.domain.fleet import passwords, records
from meterstatus.programs.cli import session
from meterstatus.programs.demo import ports

READY_SECONDS = 30.0
"""For a process to become ready, or for what a test awaits; generous, for a busy machine."""

HOOK = """#!/bin/sh
printf '%s\\t%s\\n' "$JUJU_METER_STATUS" "$JUJU_METER_INFO" >> told
"""
"""Writes what it was told as one line, status and information parted by a tab, to ``told`` in its charm."""


def write_charm(folder: pathlib.Path, hook: str = HOOK) -> pathlib.Path:
    """Make a charm with one hook script; returns the folder."""
    (folder / "hooks").mkdir(parents=True)
    (folder / "metadata.yaml").write_text("name: told\n")
    script = folder / "hooks" / "meter-status-changed"
    script.write_text(hook)
    script.chmod(0o755)
    return folder


def wait_until(
    condition: Callable[[], object], what: str, seconds: float = READY_SECONDS, look_seconds: float = 0.01
) -> None:
    """Look every few milliseconds until something holds.

    Raises:
        AssertionError: it did not come to hold in time.
    """
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(look_seconds)


class RealFleet:
    """One controller, one agent and its units.

    Attributes:
        folder: where everything lies.
        login: the first user's login file.
        port: what the controller serves.
        agent: the agent's process; None while it does not run.
        controller: the controller's process; None while it does not run.
        environment: what commands have in theirs beside what this process has.
        controller_python: what runs it the next time it is started.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        *,
        agent_python: str = sys.executable,
        names: Sequence[str] = (),
        database: str = "",
    ) -> None:
        self.folder = folder
        self.login = folder / "controller" / "login.yaml"
        self.port = ports.free_port()
        self.agent: subprocess.Popen[bytes] | None = None
        self.controller: subprocess.Popen[bytes] | None = None
        self._agent_python = agent_python
        self.controller_python = sys.executable
        place = ["--data-dir", str(folder / "controller"), "--port", str(self.port)]
        self.environment = {"METERSTATUS_DATABASE": database} if database else {}
        self.meterstatus("controller", "init", *place, *(f"--name={name}" for name in names))

    @property
    def data_dir(self) -> pathlib.Path:
        """The agent's data directory."""
        return self.folder / "agent"

    def meterstatus(self, *words: str) -> str:
        """Run one command to its end and return its standard output.

        Raises:
            AssertionError: its exit status is not 0; the text has what it said.
        """
        done = subprocess.run(
            [sys.executable, "-m", "meterstatus", *words],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "METERSTATUS_LOGIN": str(self.login), **self.environment},
        )
        assert done.returncode == 0, f"meterstatus {shlex.join(words)}: {done.stderr}"
        return done.stdout

    def add_unit(self, name: str, charm: pathlib.Path, *options: str) -> pathlib.Path:
        """Add a unit with a copy of a charm; returns the copy."""
        words = ["unit", "add", name, "--data-dir", str(self.data_dir), "--charm", str(charm)]
        self.meterstatus(*words, *options)
        return self.unit_dir(name) / "charm"

    def add_user(self, name: str, access: records.Access) -> pathlib.Path:
        """Add a user while the controller does not run; returns a login file. There is no command for it."""
        salt = passwords.from_random(bytes(passwords.SALT_BYTES))
        password = f"password of {name}"
        hashed = passwords.user_hash(password, salt)
        with contextlib.closing(sqlite3.connect(self.folder / "controller" / "controller.db")) as database:
            database.execute(
                "INSERT INTO users (name, salt, password_hash, access, enabled) VALUES (?, ?, ?, ?, 1)",
                (name, salt, hashed, access.value),
            )
            database.commit()
        path = self.folder / f"{name}.yaml"
        dataclasses.replace(login_file.read(self.login), user=name, password=password).write(path)
        return path

    def unit_dir(self, name: str) -> pathlib.Path:
        """Return a unit's own agent directory."""
        return self.data_dir / "agents" / f"unit-{name.replace('/', '-')}"

    def start_controller(self, *options: str) -> None:
        """Run the controller, and return when it is ready."""
        words = ["controller", "run", "--data-dir", str(self.folder / "controller")]
        self.controller = self._start(
            "controller", [*words, *options], "controller ready", self.controller_python
        )

    def start_agent(self, *options: str) -> None:
        """Run the agent, and return when it is ready, connected or not."""
        words = ["agent", "run", "--data-dir", str(self.data_dir), "--lock-dir", str(self.data_dir)]
        self.agent = self._start("agent", [*words, *options], "agent ready", self._agent_python)

    def log(self, name: str) -> str:
        """Return what a process has logged, in all its runs."""
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def _start(self, name: str, words: Sequence[str], ready: str, python: str) -> subprocess.Popen[bytes]:
        seen = self.log(name).count(ready)
        with (self.folder / f"{name}.log").open("ab") as output:
            process = subprocess.Popen([python, "-m", "meterstatus", *words], stdout=output, stderr=output)
        try:
            wait_until(
                lambda: self.log(name).count(ready) > seen or process.poll() is not None,
                f"{name} ready",
            )
            assert process.poll() is None, f"{name} ended; its log:\n{self.log(name)}"
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process

    def stop_controller(self) -> int:
        """End the controller with SIGTERM and return its exit status."""
        assert self.controller is not None
        self.controller.terminate()
        status, self.controller = self.controller.wait(READY_SECONDS), None
        return status

    def stop_agent(self) -> int:
        """End the agent with SIGTERM and return its exit status."""
        assert self.agent is not None
        self.agent.terminate()
        status, self.agent = self.agent.wait(READY_SECONDS), None
        return status

    def kill_agent(self) -> None:
        """End the agent with SIGKILL, which it cannot prepare for."""
        assert self.agent is not None
        self.agent.kill()
        self.agent.wait()
        self.agent = None

    def kill_controller(self) -> None:
        """End the controller with SIGKILL."""
        assert self.controller is not None
        self.controller.kill()
        self.controller.wait()
        self.controller = None

    def stop(self) -> None:
        """End whatever still runs."""
        for process in (self.agent, self.controller):
            if process is not None and process.poll() is None:
                process.terminate()
                try:
                    process.wait(READY_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.agent = self.controller = None


def put(login: pathlib.Path, unit: str, code: str, info: str) -> None:
    """Set a unit's status in this process: a command takes many times as long."""

    async def ask(opened: session.Session) -> None:
        await opened.metrics.set_meter_status(names.unit_tag(unit), code, info)

    session.ask(login, session.websocket_dialer, ask)


def wait_for_text(path: pathlib.Path, what: str) -> str:
    """Wait until a file has a whole line, and return its text: a shell makes a file before it writes it."""
    wait_until(lambda: path.exists() and path.read_text().endswith("\n"), what)
    return path.read_text()


def told(charm: pathlib.Path) -> list[tuple[str, str]]:
    """Return what a hook made by ``write_charm`` was told, status and information, in order."""
    path = charm / "told"
    if not path.exists():
        return []
    text = path.read_text()
    # A line that is being written has no end yet.
    lines = text.splitlines()[: text.count("\n")]
    return [(code, info) for code, _, info in (line.partition("\t") for line in lines)]


def machine() -> str:
    """Describe this machine in one line, for beside figures."""
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} x {model}, {system}"
