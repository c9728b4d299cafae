"""A controller among others on one database: opens it, and keeps agents in the knowledge of all of them."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable

from meterstatus import errors, waiting
from meterstatus.adapters.sql import postgres
from meterstatus.controller import controller
from meterstatus.ports import repository
from meterstatus.programs import database_file

ANNOUNCE_SECONDS = 10.0
"""Between two times that a controller says where it is and hears where the others are."""

_logger = logging.getLogger("meterstatus.controller")

Meet = Callable[[controller.Controller, int], contextlib.AbstractAsyncContextManager[None]]


async def open_store(of: database_file.DatabaseFile) -> tuple[repository.Repository, Meet]:
    """Open a controller's database; the second is to be entered once it serves, with its front and port.

    Raises:
        ConfigError: the URL cannot be.
        StoreUnavailableError: as ``postgres.open_store``.
    """
    store = await postgres.open_store(postgres.parse(of.url), of.controller)

    @contextlib.asynccontextmanager
    async def meet(front: controller.Controller, port: int) -> AsyncGenerator[None]:
        mine = postgres.Neighbour(of.hosts, port)
        await _announce(store.neighbours, mine, front)
        announcing = _keep_announcing(store.neighbours, mine, front)
        words = "where the other controllers are is not heard any more"
        async with waiting.beside(announcing, _logger, words):
            yield

    return store.repository, meet


async def _keep_announcing(
    to: postgres.Neighbours, mine: postgres.Neighbour, front: controller.Controller
) -> None:
    while True:
        await asyncio.sleep(ANNOUNCE_SECONDS)
        await _announce(to, mine, front)


async def _announce(to: postgres.Neighbours, mine: postgres.Neighbour, front: controller.Controller) -> None:
    name = f"{mine.hosts[0]}:{mine.port}"
    try:
        front.others_at(await to.announce(name, mine))
    except errors.StoreError as error:
        # What was heard last stays: agents are better off with an address too many.
        _logger.warning("where the other controllers are was not heard: %s", error)
