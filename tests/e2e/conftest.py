"""Real fleets, and commands as programs of their own, for the end-to-end tests."""

import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping

import pytest

from harness import real_fleet


@pytest.fixture
def fleet(tmp_path: pathlib.Path) -> Iterator[real_fleet.RealFleet]:
    """A controller that was made and not started; whatever runs at the end is ended."""
    made = real_fleet.RealFleet(tmp_path)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def charm(tmp_path: pathlib.Path) -> pathlib.Path:
    """A charm whose hook writes down what it was told."""
    return real_fleet.write_charm(tmp_path / "source-charm")


@pytest.fixture
def small_disk(fleet: real_fleet.RealFleet) -> Iterator[pathlib.Path]:
    """The agent's data directory as a file system of one megabyte."""
    fleet.data_dir.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", str(fleet.data_dir)]
    mount = shutil.which("mount")
    if mount is None or subprocess.run(mounting, check=False, capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here")
    try:
        yield fleet.data_dir
    finally:
        fleet.stop()
        subprocess.run(["umount", str(fleet.data_dir)], check=True)


COMMAND_SECONDS = 30


class Shell:
    """Types commands, and starts programs that are ended with the test."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self.started: list[subprocess.Popen[str]] = []

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("METERSTATUS_")}
        login = str(self.directory / "controller" / "login.yaml")
        return {**kept, "METERSTATUS_LOGIN": login, **extra}

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run ``meterstatus`` with these words to its end."""
        return subprocess.run(
            [sys.executable, "-m", "meterstatus", *words],
            cwd=self.directory,
            env=self._environment(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Start ``meterstatus`` with these words; its output is piped."""
        process = subprocess.Popen(
            [sys.executable, "-m", "meterstatus", *words],
            cwd=self.directory,
            env=self._environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def close(self) -> None:
        """End what was started."""
        for process in self.started:
            process.kill()
            process.communicate()


@pytest.fixture
def shell(tmp_path: pathlib.Path) -> Iterator[Shell]:
    """Give a shell in a new directory."""
    made = Shell(tmp_path)
    yield made
    made.close()


@pytest.fixture
def without_extra(tmp_path: pathlib.Path) -> str:
    """Give a PYTHONPATH under which a library of the controller is not installed."""
    place = tmp_path / "hidden"
    place.mkdir()
    (place / "uvloop.py").write_text("raise ModuleNotFoundError('No module', name='uvloop')\n")
    return str(place)
