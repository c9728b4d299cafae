"""Where a unit's controllers are, in its file: as each login says it, and later the events of its watch.

The file is written only where the set of addresses is another one, and a file that cannot be written keeps no
unit from its controller (spec juju-api, 9.6).
"""

import dataclasses
import logging
from collections.abc import Sequence

from meterstatus import errors
from meterstatus.domain import addresses, agent_config
from meterstatus.ports import agent

_Machines = Sequence[Sequence[addresses.HostPort]]


class ControllerPlaces:
    """Keeps the addresses in the file of one unit.

    Args:
        logger: the unit's.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._unit: agent.Agent | None = None
        self._in_use = ""

    def logged_in(self, unit: agent.Agent, machines: _Machines, address: str) -> None:
        """Take what a login said, on a connection made to an address, which stays in the file."""
        self._unit, self._in_use = unit, address
        self.hear(machines)

    def hear(self, machines: _Machines) -> None:
        """Take what was said since the last login."""
        wanted = addresses.to_dial(machines, self._in_use)
        unit = self._unit
        if unit is None or not wanted or set(wanted) == set(unit.current_config().api_addresses):
            return

        def change(config: agent_config.AgentConfig) -> agent_config.AgentConfig:
            return dataclasses.replace(config, api_addresses=wanted)

        try:
            unit.change_config(change)
        except errors.ConfigError as error:
            self._logger.warning("the controller's new addresses are not written down: %s", error)
        else:
            self._logger.info("the controller's addresses are now %s", ", ".join(wanted))
