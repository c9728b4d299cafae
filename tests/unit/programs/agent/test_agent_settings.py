"""programs.agent.agent_settings: what an agent was told stands in its command line, for people and itself."""

import datetime
import pathlib
import subprocess

import pytest

from meterstatus.programs.agent import agent_settings

PLAIN = agent_settings.AgentSettings(data_dir=pathlib.Path("/var/lib/meter status=1"))
FULL = agent_settings.AgentSettings(
    data_dir=pathlib.Path("/d"),
    amber_grace_period=datetime.timedelta(milliseconds=1500),
    red_grace_period=datetime.timedelta(hours=1),
    warning=datetime.timedelta(minutes=1),
    hook_time_limit=datetime.timedelta(seconds=30),
    lock_dir=pathlib.Path("/l"),
    is_lock_per_unit=True,
    allows_writable=True,
    log_level="DEBUG",
    log_format="json",
)


@pytest.mark.parametrize("settings", [PLAIN, FULL])
def test_what_is_written_is_read(settings: agent_settings.AgentSettings) -> None:
    """Everything survives the way through the command line."""
    assert agent_settings.from_arguments(agent_settings.arguments(settings)) == settings


def test_the_command_line_can_be_read_by_a_person() -> None:
    """What ``ps`` shows are the words of 'agent run' and its options."""
    assert agent_settings.command(FULL)[3:] == [
        "meterstatus.programs.agent.agent",
        "run",
        "--data-dir=/d",
        "--lock-dir=/l",
        "--amber-grace=1s500ms",
        "--red-grace=1h",
        "--warning=1m",
        "--hook-timeout=30s",
        "--log-level=DEBUG",
        "--log-format=json",
        "--lock-per-unit",
        "--allow-writable-by-others",
    ]


def test_no_module_comes_from_the_working_directory(tmp_path: pathlib.Path) -> None:
    """Root may start the agent where anybody has put an ``asyncio.py``."""
    (tmp_path / "asyncio.py").write_text("raise SystemExit('taken over')\n")
    settings = agent_settings.AgentSettings(data_dir=tmp_path / "absent")
    done = subprocess.run(
        agent_settings.command(settings), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "the agent cannot run: there is no data directory" in done.stderr
    assert "taken over" not in done.stderr
