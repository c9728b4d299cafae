"""Makes a controller's database, and opens it."""

import asyncio
import datetime
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from meterstatus import errors
from meterstatus.adapters.sql import engine, following, repository
from meterstatus.adapters.sql import identity as identities
from meterstatus.adapters.sql.postgres import (
    connection,
    durability,
    failures,
    neighbours,
    schema,
    tailing,
    target,
    writer,
)
from meterstatus.domain.fleet import records
from meterstatus.ports import repository as ports

_T = TypeVar("_T")

READ_SECONDS = 15.0
"""For a read while the database is away; as long as for a change."""


async def create(to: target.Target, identity: records.Identity, users: Iterable[records.User]) -> None:
    """Give an existing database its schema, an identity and users, and no units.

    Raises:
        ConflictError: it has a controller already.
        StoreUnavailableError: it cannot be reached, or refuses.
    """
    await fill(to, lambda within: identities.create(within, identity, users))


async def read(from_: target.Target, work: engine.Work[_T]) -> _T:
    """Run work that only reads, at one moment of the database, beside the controllers that serve it.

    Raises:
        StoreUnavailableError: it cannot be reached, or its schema is another release's.
    """
    on = await connection.connect(from_, "backup")
    try:
        async with on.transaction(isolation="repeatable_read", readonly=True):
            await schema.check(on)
            return await work(connection.PostgresTransaction(on))
    except failures.ANY as error:
        raise failures.unavailable(error) from error
    finally:
        on.terminate()


async def fill(to: target.Target, work: engine.Work[_T]) -> _T:
    """Give an existing database its schema, and have work write all that is to be in it; all or nothing.

    Raises:
        ConflictError: it has a controller already.
        StoreUnavailableError: it cannot be reached, or refuses.
        OutcomeUnknownError: it did not say that it has kept what was written.
    """
    on = await connection.connect(to, "restore")
    try:
        await schema.migrate(on)
        await on.execute(durability.BEGIN_IF_KEPT)
        within = connection.PostgresTransaction(on)
        if await within.fetch("read_meta"):
            held = await identities.read(within)
            raise errors.ConflictError(f"{to} has a controller already, {held.controller_uuid}")
        result = await work(within)
        await _commit(on, to)
    except failures.ANY as error:
        raise failures.unavailable(error) from error
    finally:
        on.terminate()
    return result


async def _commit(on: connection.Connection, to: target.Target) -> None:
    try:
        await durability.commit(on, "COMMIT", connection.COMMAND_SECONDS)
    except (durability.NotKeptError, *failures.ANY) as error:
        is_open = isinstance(error, durability.NotKeptError) or (
            failures.meaning(error) is failures.Meaning.LOST
        )
        if not is_open:
            raise
        raise errors.OutcomeUnknownError(
            f"{to} did not say that it has kept the controller, and may have it all the same;"
            " make the database anew before trying again"
        ) from error


class Store(NamedTuple):
    """What a controller has in a database; both are let go of with the repository."""

    repository: repository.SQLRepository
    neighbours: neighbours.Neighbours


async def open_repository(to: target.Target, controller_uuid: str = "") -> repository.SQLRepository:
    """Open the repository in an existing database. Arguments and errors are those of ``open_store``."""
    return (await open_store(to, controller_uuid)).repository


async def open_store(to: target.Target, controller_uuid: str = "") -> Store:
    """Open the repository in an existing database, and the list of its controllers.

    Args:
        to: the database.
        controller_uuid: which controller's it must be; "" takes any.

    Raises:
        StoreUnavailableError: it cannot be reached, has no controller in it or another one, or a newer
            release of this program has changed its schema so that this one cannot go on.
    """
    on = await connection.connect(to, "start")
    try:
        await schema.migrate(on)
        within = connection.PostgresTransaction(on)
        identity = await identities.read(within)
        if controller_uuid not in ("", identity.controller_uuid):
            raise errors.StoreUnavailableError(
                f"{to} is of another controller, {identity.controller_uuid}; this one is {controller_uuid}"
            )
        await within.execute("forget_writers")
    except failures.ANY as error:
        raise failures.unavailable(error) from error
    finally:
        on.terminate()
    tail = following.Tail()
    engine_on = PostgresEngine(to, tail)
    return Store(repository.SQLRepository(engine_on, tail), neighbours.Neighbours(engine_on))


class PostgresEngine:
    """``Engine`` on a database; made on the running loop, with three connections, each made when needed.

    Args:
        to: the database, whose schema is up to date.
        tail: read after each commit of anybody, and published before who caused it is told.
    """

    def __init__(self, to: target.Target, tail: following.Tail) -> None:
        self._tailing = tailing.Tailing(to, tail)
        self._writer = writer.Writer(to, self._tailing.told)
        self._reading = connection.Link(to, "reader", schema.check)
        self._turn = asyncio.Lock()
        self._closed = False

    async def write(self, work: engine.Work[_T]) -> _T:
        """Run work that may change something."""
        return await self._writer.write(work)

    async def follow(self, work: engine.Work[_T]) -> _T:
        """Run work that begins to follow."""
        return await self._tailing.begin(work)

    async def read(self, work: engine.Work[_T]) -> _T:
        """Run work that only reads, at one moment of the database."""
        loop = asyncio.get_running_loop()
        until = loop.time() + READ_SECONDS
        try:
            async with asyncio.timeout_at(until):
                await self._turn.acquire()
        except TimeoutError as error:
            raise failures.unavailable(error) from error
        # Ends what waits for the server; a cancelled statement would wait for it once more.
        over = loop.call_at(until, self._reading.drop)
        try:
            return await self._read(work, until)
        finally:
            over.cancel()
            self._turn.release()

    async def _read(self, work: engine.Work[_T], until: float) -> _T:
        while True:
            if self._closed:
                raise errors.StoreUnavailableError("the database is closed")
            try:
                async with asyncio.timeout_at(until):
                    on = await self._reading.get(until)
            except TimeoutError as error:
                raise failures.unavailable(error) from error
            try:
                async with on.transaction(isolation="repeatable_read", readonly=True):
                    return await work(connection.PostgresTransaction(on))
            except failures.ANY as error:
                self._reading.drop()
                is_over = asyncio.get_running_loop().time() >= until
                if is_over or failures.meaning(error) not in failures.PASSING:
                    raise failures.unavailable(error) from error

    async def time(self) -> ports.StoreTime:
        """Return what time it is by the database's clock."""
        loop = asyncio.get_running_loop()

        async def ask(within: engine.Transaction) -> ports.StoreTime:
            asked = loop.time()
            row = await within.fetch_one("read_clock")
            assert row is not None, "it has one row"
            answered = loop.time()
            spread = datetime.timedelta(seconds=answered - asked)
            at = datetime.datetime.fromisoformat(row["at"])
            return ports.StoreTime(at, (asked + answered) / 2, spread)

        return await self.read(ask)

    async def catch_up(self) -> None:
        """Return once everything that is committed by now is told."""
        await self._tailing.catch_up()

    def unconfirmed_for(self) -> datetime.timedelta:
        """Return how long ago it was last certain that all that was committed is told."""
        return self._tailing.unconfirmed_for()

    async def close(self) -> None:
        """Finish what was asked for and let go of the database."""
        await self._writer.close()
        async with self._turn:
            self._closed = True
            await self._reading.close()
        await self._tailing.close()
