"""A unit's agent as its workers see it."""

from collections.abc import Callable
from typing import Protocol

from meterstatus.domain import agent_config

Change = Callable[[agent_config.AgentConfig], agent_config.AgentConfig]
"""Makes the configuration that is wanted from the one there is."""


class Agent(Protocol):
    """Whose agent this is, and what it knows from its file (Juju's ``agent.Agent``)."""

    def current_config(self) -> agent_config.AgentConfig:
        """Return the configuration as it is now; a value, never changed afterwards."""
        ...

    def change_config(self, change: Change, /) -> None:
        """Change the configuration, in its file first, so that a crash forgets nothing.

        Raises:
            ConfigError: the file could not be written, or somebody else has changed it; all is as it was.
        """
        ...
