"""The commands against a real controller and a real agent."""

import json
import pathlib
import signal
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from harness import real_fleet
from meterstatus.programs.demo import ports

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "shop"


def _until(process: "subprocess.Popen[str]", word: str) -> str:
    """Read a program's log up to the line that holds a word."""
    assert process.stderr is not None
    seen = ""
    for line in process.stderr:
        seen += line
        if word in line:
            return line
    raise AssertionError(f"it ended without {word!r}: {seen}")


@pytest.fixture
def controller(shell: Any) -> Any:
    """Run a controller, and give its process."""
    place = str(shell.directory / "controller")
    made = shell.run(
        "controller", "init", "--data-dir", place, "--name", "127.0.0.1", "--port", str(ports.free_port())
    )
    assert made.returncode == 0, made.stderr
    process = shell.start("controller", "run", "--data-dir", place, "--listen", "127.0.0.1")
    _until(process, "controller ready")
    return process


def _ok(shell: Any, *words: str) -> str:
    done = shell.run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.usefixtures("controller")
def test_the_life_of_a_unit(shell: Any) -> None:
    """A unit is added, set by its own and its application's name, shown, removed, and all is remembered."""
    data = str(shell.directory / "data")
    _ok(shell, "unit", "add", "shop/0", "--data-dir", data, "--charm", str(EXAMPLE))
    _ok(shell, "unit", "add", "shop/1", "--data-dir", data, "--status", "green")
    _ok(shell, "set", "shop/0", "amber", "--info", "größer", "--reason", "because")
    _ok(shell, "set", "shop", "RED", "--info", "gone", "--yes")
    units = json.loads(_ok(shell, "status", "shop/*", "--format", "json"))["units"]
    assert {name: (unit["status"], unit["info"], unit["connected"]) for name, unit in units.items()} == {
        "shop/0": ("RED", "gone", False),
        "shop/1": ("RED", "gone", False),
    }
    _ok(shell, "unit", "remove", "shop/0", "--data-dir", data)
    assert not (shell.directory / "data" / "agents" / "unit-shop-0" / "agent.conf").exists()
    changes = json.loads(_ok(shell, "history", "shop/0", "--format", "json"))["changes"]
    assert [change["action"] for change in changes] == ["add", "set", "set", "remove"]
    assert changes[1]["reason"] == "because"
    assert changes[1]["new"] == {"status": "AMBER", "info": "größer"}
    assert _ok(shell, "status").count("\n") == 2


@pytest.mark.usefixtures("controller")
def test_refusals_of_the_controller_are_one_line(shell: Any) -> None:
    """What the controller does not know or already has fails with its words and a hint."""
    data = str(shell.directory / "data")
    _ok(shell, "unit", "add", "shop/0", "--data-dir", data)
    for words in (("set", "shop/9", "RED"), ("set", "web", "RED"), ("unit", "remove", "web/0")):
        done = shell.run(*words)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert "not found; 'meterstatus status' lists the units" in done.stderr
    again = shell.run("unit", "add", "shop/0", "--data-dir", data + "2")
    assert again.returncode == 1
    assert "already exists" in again.stderr
    assert not (shell.directory / "data2").exists()


@pytest.mark.usefixtures("controller")
def test_history_is_fetched_beyond_a_page(shell: Any) -> None:
    """The newest changes are shown, as many as asked for."""
    _ok(shell, "unit", "add", "shop/0", "--data-dir", str(shell.directory / "data"))
    for code in ("RED", "AMBER", "GREEN"):
        _ok(shell, "set", "shop/0", code)
    changes = json.loads(_ok(shell, "history", "--limit", "3", "--format", "json"))["changes"]
    assert [change["new"]["status"] for change in changes] == ["RED", "AMBER", "GREEN"]


@pytest.mark.usefixtures("controller")
def test_any_terminal_gets_its_table(shell: Any) -> None:
    """A terminal that cannot show a character gets another one in its place, not a failure."""
    _ok(shell, "unit", "add", "shop/0", "--data-dir", str(shell.directory / "data"))
    _ok(shell, "set", "shop/0", "RED")
    done = shell.run("history", PYTHONIOENCODING="latin-1")
    assert done.returncode == 0
    assert "NOT SET ? RED" in done.stdout


def test_the_agent_serves_and_stops(shell: Any, controller: Any) -> None:
    """The agent is a process without the commands' framework; it runs the hook, and ends on Ctrl-C."""
    data = shell.directory / "data"
    _ok(shell, "unit", "add", "shop/0", "--data-dir", str(data), "--charm", str(EXAMPLE))
    agent = shell.start("agent", "run", "--data-dir", str(data), "--lock-dir", str(data / "lock"))
    told = data / "agents" / "unit-shop-0" / "charm" / "told.tsv"
    assert "\tAMBER\tnot set\t" in real_fleet.wait_for_text(told, "the hook told")
    assert b"meterstatus.programs.agent.agent" in pathlib.Path(f"/proc/{agent.pid}/cmdline").read_bytes()
    for process in (agent, controller):
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "Traceback" not in log


def test_a_controller_that_is_not_there_is_one_line(shell: Any) -> None:
    """Running a controller that was never made says how to make one."""
    done = shell.run("controller", "run", "--data-dir", str(shell.directory / "nowhere"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("meterstatus: ")
    assert "meterstatus controller init" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("init",), ("run",)])
def test_says_how_to_install_the_controller(shell: Any, without_extra: str, words: tuple[str, ...]) -> None:
    """Where the controller's libraries are not installed, one line says how to get them."""
    done = shell.run("controller", *words, "--data-dir", "c", PYTHONPATH=without_extra)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "-m pip install 'cryptography>=43' 'picows<2.4,>=2.3' 'uvloop>=0.21'" in done.stderr
    assert shell.run("--help", PYTHONPATH=without_extra).returncode == 0


@pytest.fixture
def silent_server(shell: Any) -> Iterator[socket.socket]:
    """Accept connections and say nothing, under the address of a controller's login file."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        place = str(shell.directory / "controller")
        made = shell.run("controller", "init", "--data-dir", place, "--name", "127.0.0.1", "--port", port)
        assert made.returncode == 0, made.stderr
        yield server


def test_a_controller_that_says_nothing_is_given_up(shell: Any, silent_server: socket.socket) -> None:
    """A peer that never answers costs a few seconds, and is named."""
    done = shell.run("status")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"127.0.0.1:{silent_server.getsockname()[1]}: no answer within" in done.stderr


def test_ctrl_c_ends_a_command_quietly(shell: Any, silent_server: socket.socket) -> None:
    """Ctrl-C while a command waits ends it at once, without a traceback."""
    process = shell.start("status")
    connection, _ = silent_server.accept()
    with connection:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err.strip()) == (130, "", "")


def test_a_reader_who_has_enough_is_no_failure_to_shout_about(shell: Any) -> None:
    """A closed pipe gives no traceback."""
    process = shell.start("--help")
    process.stdout.close()
    assert process.stderr.read() == ""
