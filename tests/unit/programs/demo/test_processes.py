"""The processes of a demonstration."""

import os
import pathlib
import signal
import sys

import pytest

from meterstatus.programs.demo import processes, story

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def running(tmp_path: pathlib.Path) -> processes.Processes:
    """Give a directory to run things in."""
    return processes.Processes(tmp_path, {"METERSTATUS_LOGIN": str(tmp_path / "login.yaml")})


def test_a_command_gives_its_output(running: processes.Processes) -> None:
    """A command's standard output is returned."""
    assert running.meterstatus("--version").startswith("meterstatus ")


def test_a_command_that_fails_fails_the_step(running: processes.Processes, tmp_path: pathlib.Path) -> None:
    """What a failed command said is what was seen; the environment names the login file."""
    with pytest.raises(story.StepFailed) as failed:
        running.meterstatus("status")
    assert failed.value.expected == "'meterstatus status' to succeed"
    assert f"there is no login file {tmp_path}/login.yaml" in failed.value.seen


def test_a_process_ends_when_it_is_told(running: processes.Processes) -> None:
    """SIGTERM ends a process, and its end is told by the signal."""
    process = running.start("sleeper", SLEEP)
    running.check("sleeper")
    assert running.stop("sleeper") == -signal.SIGTERM
    assert _is_gone(process)
    assert running.logs == [str(running.log_of("sleeper"))]


def test_a_process_that_ended_by_itself_is_noticed(running: processes.Processes) -> None:
    """A process that is gone before its time fails the step with its last words."""
    process = running.start("brief", [sys.executable, "-c", "print('farewell'); raise SystemExit(3)"])
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    with pytest.raises(story.StepFailed, match="status 3; last words: farewell"):
        running.check("brief")


def test_everything_is_ended(running: processes.Processes) -> None:
    """No process is left, however many there were and however they ended."""
    started = [running.start(name, SLEEP) for name in ("one", "two", "three")]
    running.kill("two")
    running.end_all()
    assert [process for process in started if not _is_gone(process)] == []
    running.end_all()
