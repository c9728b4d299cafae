"""The one task that tells what was committed, by this controller or any other.

It looks for revisions after the last one told: when a notification wakes it, when somebody waits for their
own change, and every second anyhow, so that a notification that is lost costs a second and nothing else.
After a lost connection it goes on where it was. Where the database was led back, to a backup or to a standby
that had not everything, all is read again.
"""

import asyncio
import collections
import datetime
import logging
from typing import Any, NamedTuple, TypeVar

from meterstatus import errors
from meterstatus.adapters.sql import engine, following
from meterstatus.adapters.sql.postgres import connection, failures, schema, target
from meterstatus.domain import slicing

_T = TypeVar("_T")
_logger = logging.getLogger("meterstatus.database")

POLL_SECONDS = 1.0
"""The longest that a change whose notification was lost goes unseen."""

TOLD_SECONDS = 3.0
"""For a change that is committed to be told here before its call returns."""

BEGIN_SECONDS = 15.0
"""For everything to be read."""

MOST_AT_ONCE = 1000
"""Changes that are read together; of them a slice is told in one turn."""

_CHANNEL = "meterstatus_changes"


class _Position(NamedTuple):
    newest: int
    stamp: object
    """Of the change that was seen last; None where it is gone."""

    pruned: int
    """The highest revision that was removed because it is old."""


class _Beginning:
    def __init__(self, work: engine.Work[Any], until: float) -> None:
        self.work = work
        self.until = until
        self.done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class Tailing:
    """Reads the tail, and publishes it.

    Args:
        to: the database.
        tail: whose follower is told.
    """

    def __init__(self, to: target.Target, tail: following.Tail) -> None:
        self._link = connection.Link(to, "tail", schema.check)
        self._tail = tail
        self._wake = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        self._beginnings: collections.deque[_Beginning] = collections.deque()
        self._stamp: object = None
        self._listens: connection.Connection | None = None
        self._closing = False
        self._confirmed_at = asyncio.get_running_loop().time()
        self._is_away = False
        self._running = asyncio.ensure_future(self._run())

    def unconfirmed_for(self) -> datetime.timedelta:
        """Return how long ago it was last certain that all that was committed is told."""
        return datetime.timedelta(seconds=asyncio.get_running_loop().time() - self._confirmed_at)

    async def begin(self, work: engine.Work[_T]) -> _T:
        """Run the work that reads everything, at one moment of the database, between two looks.

        Raises:
            StoreUnavailableError: the database failed, for as long as one waits.
        """
        if self._closing:
            raise errors.StoreUnavailableError("the database is closed")
        beginning = _Beginning(work, asyncio.get_running_loop().time() + BEGIN_SECONDS)
        self._beginnings.append(beginning)
        self._wake.set()
        return await beginning.done

    async def told(self) -> None:
        """Return once all that is committed by now is told; or after a while, and it will be told."""
        try:
            await self.catch_up()
        except errors.StoreUnavailableError:
            _logger.warning("a change is committed, and cannot be told here yet")

    async def catch_up(self) -> None:
        """Return once all that is committed by now is told.

        Raises:
            StoreUnavailableError: the database cannot be asked, for as long as one waits.
        """
        if self._closing:
            raise errors.StoreUnavailableError("the database is closed")
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._wake.set()
        done, _ = await asyncio.wait((waiting,), timeout=TOLD_SECONDS)
        if not done:
            raise errors.StoreUnavailableError("the database cannot be asked what is new")

    async def close(self) -> None:
        """Stop looking, and close the connection."""
        self._closing = True
        self._wake.set()
        await asyncio.shield(self._running)

    async def _run(self) -> None:
        pause = connection.FIRST_PAUSE_SECONDS
        while not self._closing:
            self._wake.clear()
            try:
                await self._look()
                pause = connection.FIRST_PAUSE_SECONDS
            except (*failures.ANY, errors.StoreUnavailableError) as error:
                self._lost(error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, connection.LAST_PAUSE_SECONDS)
                continue
            except Exception:
                # A follower broke its promise, or there is a defect; the tail must not die of it.
                _logger.exception("telling what was committed failed")
            await self._rest()
        self._fail_beginnings(errors.StoreUnavailableError("the database is closed"))
        self._release(self._waiting)
        await self._link.close()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return

    def _lost(self, error: Exception) -> None:
        if not self._is_away:
            _logger.warning("the database is out of reach: %s", failures.in_words(error))
            self._is_away = True
        self._link.drop()
        now = asyncio.get_running_loop().time()
        if self._beginnings and now >= self._beginnings[0].until:
            self._fail_beginnings(
                error if isinstance(error, errors.StoreError) else failures.unavailable(error)
            )

    def _fail_beginnings(self, error: Exception) -> None:
        while self._beginnings:
            beginning = self._beginnings.popleft()
            if not beginning.done.done():
                beginning.done.set_exception(error)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        on = await self._link.get(until=loop.time())
        await self._listen(on)
        waiting, self._waiting = self._waiting, []
        began_at = loop.time()
        try:
            while self._beginnings:
                await self._begin(on, self._beginnings[0])
                self._beginnings.popleft()
            await self._tell(on)
        except BaseException:
            self._waiting = [*waiting, *self._waiting]
            raise
        self._confirmed_at = began_at
        if self._is_away:
            _logger.warning("the database is back")
            self._is_away = False
        self._release(waiting)

    def _release(self, waiting: list[asyncio.Future[None]]) -> None:
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def _listen(self, on: connection.Connection) -> None:
        if self._listens is on:
            return
        # A plan made for the values at hand would cost more than the look itself.
        await on.execute("SET plan_cache_mode = force_generic_plan")
        await on.add_listener(_CHANNEL, self._on_notification)
        on.add_termination_listener(self._on_termination)
        self._listens = on

    def _on_notification(self, *_: object) -> None:
        self._wake.set()

    def _on_termination(self, _: object) -> None:
        self._wake.set()

    async def _begin(self, on: connection.Connection, beginning: _Beginning) -> None:
        try:
            result = await self._read_everything(on, beginning.work)
        except failures.ANY:
            raise
        except Exception as error:  # noqa: BLE001 - it belongs to the caller, who gets it
            if not beginning.done.done():
                beginning.done.set_exception(error)
            return
        if not beginning.done.done():
            beginning.done.set_result(result)
        # What comes next must find the caller ready: let it take what it waited for.
        await asyncio.sleep(0)

    async def _read_everything(self, on: connection.Connection, work: engine.Work[_T]) -> _T:
        async with on.transaction(isolation="repeatable_read", readonly=True):
            within = connection.PostgresTransaction(on)
            result = await work(within)
            self._stamp = (await self._position(within)).stamp
        return result

    async def _position(self, within: connection.PostgresTransaction) -> _Position:
        row = await within.fetch_one("read_position", {"seen": self._tail.last_seen})
        assert row is not None, "an aggregate has a row"
        return _Position(row["newest"], row["stamp"], row["pruned"])

    async def _tell(self, on: connection.Connection) -> None:
        within = connection.PostgresTransaction(on)
        if not self._tail.is_followed:
            await self._position(within)
            return
        while await self._tell_some(on, within):
            pass

    async def _tell_some(self, on: connection.Connection, within: connection.PostgresTransaction) -> bool:
        """Tell what is new, up to a limit; return whether there may be more."""
        seen = self._tail.last_seen
        found = await within.fetch("read_tail", {"seen": seen, "most": MOST_AT_ONCE})
        newest, stamp, pruned = (found[0][column] for column in ("newest", "seen_stamp", "pruned"))
        if pruned > seen:
            _logger.warning("what came after revision %d is no longer kept; everything is read again", seen)
            self._tail.tell_reloaded(await self._read_everything(on, self._tail.begin_again))
            return False
        if seen and (newest < seen or stamp != self._stamp):
            _logger.critical(
                "the database was led back: it has revision %d, and not what was revision %d here;"
                " everything is read again, and what came in between is lost",
                newest,
                seen,
            )
            loaded = await self._read_everything(on, self._tail.begin_again)
            self._tail.tell_reloaded(loaded)
            return False
        if newest > seen:
            for lot in slicing.lots(found):
                self._tail.publish(self._tail.take(lot))
                self._stamp = lot[-1]["stamp"]
                await asyncio.sleep(0)
        return newest > self._tail.last_seen
