"""The controllers on one database: each says from time to time where it is, and reads where the others are.

By the database's clock, so that no two controllers need agree on the time. One that stopped, for an upgrade
or because its machine is gone, stays listed for a day: an agent that knows only one of two controllers,
because the other was just being restarted, would be without any when that one goes.
"""

import json
from typing import NamedTuple

from meterstatus.adapters.sql import engine

KEPT_SECONDS = 86_400
"""How long one that says nothing is still listed."""


class Neighbour(NamedTuple):
    """Where a controller is reached."""

    hosts: tuple[str, ...]
    port: int


class Neighbours:
    """The list of controllers.

    Args:
        on: where it is kept.
    """

    def __init__(self, on: engine.Engine) -> None:
        self._engine = on

    async def announce(self, name: str, mine: Neighbour) -> list[Neighbour]:
        """Say where one is reached, and return where the others are, the one heard of last first.

        Args:
            name: what tells this controller from the others, the same after a restart.
            mine: where it is.

        Raises:
            StoreUnavailableError: the database failed.
        """
        parameters = {"name": name, "hosts": json.dumps(mine.hosts), "port": mine.port, "kept": KEPT_SECONDS}

        async def work(within: engine.Transaction) -> list[Neighbour]:
            await within.execute("announce_neighbour", parameters)
            await within.execute("forget_neighbours", parameters)
            rows = await within.fetch("read_neighbours", parameters)
            return [Neighbour(tuple(json.loads(row["hosts"])), row["port"]) for row in rows]

        return await self._engine.write(work)
