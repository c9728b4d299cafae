"""Becoming the agent: what is refused first. That it runs is shown by the tests of the installed commands."""

import pathlib
from typing import Any

import pytest

from meterstatus.programs import agent as programs
from meterstatus.programs.cli import agent


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
    settings = programs.AgentSettings(data_dir=pathlib.Path("/"))
    defaults = {param.name: param.default for param in agent.run.params}
    assert defaults["amber_grace"] == settings.amber_grace_period
    assert defaults["red_grace"] == settings.red_grace_period
    assert defaults["hook_timeout"] == settings.hook_time_limit
    assert defaults["log_level"] == settings.log_level
