"""A controller among others on one database: opens it, and keeps agents in the knowledge of all of them."""

import asyncio
import contextlib
import dataclasses
import logging
import pathlib
from collections.abc import AsyncGenerator, Callable

from meterstatus import errors
from meterstatus.adapters.files import database_file
from meterstatus.adapters.sql import postgres
from meterstatus.controller import front as fronts
from meterstatus.controller.jobs import failure_log
from meterstatus.ports import repository
from meterstatus.runtime import waiting

ANNOUNCE_SECONDS = 10.0
"""Between two times that a controller says where it is and hears where the others are."""

_logger = logging.getLogger("meterstatus.controller")

Meet = Callable[[fronts.Front, int], contextlib.AbstractAsyncContextManager[None]]


async def open_store(
    of: database_file.DatabaseFile, file: pathlib.Path | None = None
) -> tuple[repository.Repository, Meet]:
    """Open a controller's database; the second is to be entered once it serves, with its front and port.

    Args:
        of: where it is.
        file: where that was read from, and where a password that is changed later is found.

    Raises:
        ConfigError: the URL cannot be.
        StoreUnavailableError: as ``postgres.open_store``.
    """
    to = postgres.parse(of.url)
    if file is not None:
        to = dataclasses.replace(
            to, find_password=lambda: postgres.parse(database_file.read(file).url).password
        )
    store = await postgres.open_store(to, of.controller)

    @contextlib.asynccontextmanager
    async def meet(front: fronts.Front, port: int) -> AsyncGenerator[None]:
        announcer = _Announcer(store.neighbours, postgres.Neighbour(of.hosts, port), front)
        await announcer.announce()
        announcing = announcer.keep_announcing()
        words = "where the other controllers are is not heard any more"
        async with waiting.beside(announcing, _logger, words):
            yield

    return store.repository, meet


class _Announcer:
    """Says where a controller is, and tells its front where the others are.

    Args:
        to: where all of them say it.
        mine: where this one is.
        front: of this one.
    """

    def __init__(self, to: postgres.Neighbours, mine: postgres.Neighbour, front: fronts.Front) -> None:
        self._to = to
        self._mine = mine
        self._front = front
        self._trouble = failure_log.FailureLog(
            _logger,
            "where the other controllers are is not heard",
            "where the other controllers are is heard again",
        )

    async def keep_announcing(self) -> None:
        """Announce, for ever."""
        while True:
            await asyncio.sleep(ANNOUNCE_SECONDS)
            await self.announce()

    async def announce(self) -> None:
        """Announce once; where the store fails, what was heard last stays.

        Agents are better off with an address too many.
        """
        name = f"{self._mine.hosts[0]}:{self._mine.port}"
        try:
            self._front.others_at(await self._to.announce(name, self._mine))
        except errors.StoreError as error:
            self._trouble.met(error)
        else:
            self._trouble.is_over()
