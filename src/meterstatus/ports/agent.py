"""A unit's agent as its workers see it."""

from typing import Protocol

from meterstatus.domain import agent_config


class Agent(Protocol):
    """Whose agent this is, and what it knows from its file (Juju's ``agent.Agent``)."""

    def current_config(self) -> agent_config.AgentConfig:
        """Return the configuration as it is now; a value, never changed afterwards."""
        ...
