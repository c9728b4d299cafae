"""What the agent process is told when it is started, and how that stands in its command line.

In words of its own options, so that ``ps`` shows what an agent was told.
"""

import dataclasses
import datetime
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

from meterstatus.adapters import hook_runner
from meterstatus.domain import policy as policies
from meterstatus.domain.text import spans
from meterstatus.programs import logs


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """What the agent process is told when it is started."""

    data_dir: pathlib.Path
    amber_grace_period: datetime.timedelta = policies.JUJU_AMBER
    red_grace_period: datetime.timedelta = policies.JUJU_RED
    warning: datetime.timedelta | None = None
    hook_time_limit: datetime.timedelta = hook_runner.TIME_LIMIT
    lock_dir: pathlib.Path | None = None
    """Where the machine lock lies; None leaves that to the agent (``machine_lock.choose_directory``)."""

    is_lock_per_unit: bool = False
    """Whether each unit has a lock of its own, so that no unit's hook holds up another's."""

    allows_writable: bool = False
    """Whether root serves what other users may write."""

    log_level: str = "INFO"
    """One of ``logs.LEVELS``."""

    log_format: logs.LogFormat = "text"


_SPANS = {
    "amber-grace": "amber_grace_period",
    "red-grace": "red_grace_period",
    "warning": "warning",
    "hook-timeout": "hook_time_limit",
}
_PATHS = {"data-dir": "data_dir", "lock-dir": "lock_dir"}
_FLAGS = {"lock-per-unit": "is_lock_per_unit", "allow-writable-by-others": "allows_writable"}
_TEXTS = {"log-level": "log_level", "log-format": "log_format"}


def command(settings: AgentSettings) -> list[str]:
    """Return the command line that runs the agent with these settings."""
    # -P: the directory that somebody happens to be in must not give an agent of root's its modules.
    return [sys.executable, "-P", "-m", "meterstatus.programs.agent.agent", "run", *arguments(settings)]


def arguments(settings: AgentSettings) -> list[str]:
    """Return the settings as options, ``--name=value`` each; what is None is left out."""
    words = [
        *(f"--{option}={path}" for option, path in _given(settings, _PATHS)),
        *(f"--{option}={spans.render(span)}" for option, span in _given(settings, _SPANS)),
        *(f"--{option}={text}" for option, text in _given(settings, _TEXTS)),
    ]
    return words + [f"--{option}" for option, is_set in _given(settings, _FLAGS) if is_set]


def _given(settings: AgentSettings, fields: dict[str, str]) -> list[tuple[str, Any]]:
    values = [(option, getattr(settings, field)) for option, field in fields.items()]
    return [(option, value) for option, value in values if value is not None]


def from_arguments(words: Sequence[str]) -> AgentSettings:
    """Read the options that ``arguments`` wrote; the command has checked what a person wrote."""
    values: dict[str, Any] = {}
    for word in words:
        option, _, value = word.removeprefix("--").partition("=")
        if option in _PATHS:
            values[_PATHS[option]] = pathlib.Path(value)
        elif option in _SPANS:
            values[_SPANS[option]] = spans.parse(value)
        elif option in _FLAGS:
            values[_FLAGS[option]] = True
        else:
            values[_TEXTS[option]] = value
    return AgentSettings(**values)
