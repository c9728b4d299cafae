"""Becoming the agent: what is refused first. That it runs is shown by the tests of the installed commands.

And asking the one that runs, which a thread here stands for.
"""

import contextlib
import json
import pathlib
import socket
import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest
import yaml

from meterstatus.adapters import introspection
from meterstatus.programs.agent import agent_settings
from meterstatus.programs.cli.commands import agent


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--amber-grace", "5"), '"5" is no time span; write 90s, 5m, 1h30m or 250ms'),
        (("--amber-grace", "15m"), "--amber-grace 15m must be shorter than --red-grace 15m"),
        (("--red-grace", "10s"), "--amber-grace 5m must be shorter than --red-grace 10s"),
        (("--hook-timeout", "0s"), '"0s" is no time at all; write a longer span'),
    ],
)
def test_refuses_times_that_cannot_be(operator: Any, words: tuple[str, ...], line: str) -> None:
    """Grace periods out of order, and spans without a unit, are refused before anything is started."""
    answer = operator("agent", "run", *words)
    assert answer.exit_status == 2
    assert answer.err == f"meterstatus agent run: {line} (see 'meterstatus agent run --help')\n"


def test_refuses_a_directory_that_is_not_there(operator: Any, tmp_path: pathlib.Path) -> None:
    """An agent that would find nothing says so at once."""
    answer = operator("agent", "run", "--data-dir", str(tmp_path / "nowhere"))
    assert answer.exit_status == 1
    assert f"there is no data directory {tmp_path}/nowhere" in answer.err


def test_defaults_are_the_agents_own() -> None:
    """What the help says is what the agent would do by itself."""
    settings = agent_settings.AgentSettings(data_dir=pathlib.Path("/"))
    defaults = {param.name: param.default for param in agent.run.params}
    assert defaults["amber_grace"] == settings.amber_grace_period
    assert defaults["red_grace"] == settings.red_grace_period
    assert defaults["hook_timeout"] == settings.hook_time_limit
    assert defaults["log_level"] == settings.log_level
    assert defaults["log_format"] == settings.log_format


@contextlib.contextmanager
def answering(data_dir: pathlib.Path, document: dict[str, Any]) -> Generator[None]:
    """Answer one question in place of the agent of a data directory."""
    address = introspection.Address.of(data_dir)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(address.name)
        listening.listen()

        def serve() -> None:
            visitor, _ = listening.accept()
            with visitor:
                visitor.sendall(json.dumps(document).encode())

        serving = threading.Thread(target=serve)
        serving.start()
        yield
        serving.join()


DOCUMENT: dict[str, Any] = {
    "version": 1,
    "now": "2031-05-06T07:08:09Z",
    "agent": {"pid": 42, "state": "started"},
    "units": {"shop/0": {"mode": "connected", "status": "GREEN", "info": "ok", "seconds-since-contact": 3}},
}


def test_shows_what_the_agent_tells(operator: Any, tmp_path: pathlib.Path) -> None:
    """A row for each unit, and no controller is asked."""
    with answering(tmp_path, DOCUMENT):
        answer = operator("agent", "status", "--data-dir", str(tmp_path))
    assert (answer.exit_status, answer.err) == (0, "")
    assert answer.out.splitlines()[1].split() == ["shop/0", "connected", "GREEN", "ok", "3s", "ago", "-"]


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_gives_programs_the_whole(
    operator: Any, tmp_path: pathlib.Path, form: str, read: Callable[[str], Any]
) -> None:
    """JSON and YAML have everything that the agent told, as it told it."""
    with answering(tmp_path, DOCUMENT):
        answer = operator("agent", "status", "--data-dir", str(tmp_path), "--format", form)
    assert (answer.exit_status, answer.err) == (0, "")
    assert read(answer.out) == DOCUMENT


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"units": {}}, "The agent serves no unit; 'meterstatus unit add' makes one in "),
        ({"agent": {"state": "stopping"}}, "The agent is stopping."),
    ],
)
def test_says_what_no_row_shows(
    operator: Any, tmp_path: pathlib.Path, changes: dict[str, Any], line: str
) -> None:
    """An agent without units, and one that ends, are told beside the table."""
    with answering(tmp_path, {**DOCUMENT, **changes}):
        answer = operator("agent", "status", "--data-dir", str(tmp_path))
    assert answer.exit_status == 0
    assert answer.err.startswith(line)


def test_without_an_agent_it_fails_and_says_what_to_do(operator: Any, tmp_path: pathlib.Path) -> None:
    """The exit status is 1, and the one line says where no agent runs and how to start it."""
    answer = operator("agent", "status", "--data-dir", str(tmp_path))
    assert (answer.exit_status, answer.out) == (1, "")
    assert answer.err == (
        f"meterstatus: no agent runs for {tmp_path} on this machine;"
        f" start it with 'meterstatus agent run --data-dir {tmp_path}'\n"
    )
