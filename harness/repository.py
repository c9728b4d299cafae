"""The controller's store in memory: the real statements on SQLite, without a file, a thread or a wait.

A ``MemoryDatabase`` outlives the controllers that are on it; a ``MemoryRepository`` is one controller's way
to it, whose engine fails where a test says so.
"""

import datetime
import functools
import pathlib
import sqlite3
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from meterstatus import errors
from meterstatus.adapters.sql import changes, engine, following, repository
from meterstatus.adapters.sql import identity as identities
from meterstatus.adapters.sql.sqlite import database, inline
from meterstatus.domain import names
from meterstatus.domain.fleet import level, records
from meterstatus.ports import repository as ports

IDENTITY = records.Identity(
    controller_uuid="0d9dbb38-3b4c-4f3b-8a55-6d5a4a1c4a10",
    model_uuid="5f1f9c2e-8f0e-4a43-9d3c-0a4f5b6c7d8e",
    model_name="default",
    hosts=("127.0.0.1",),
    port=17070,
)
"""Some controller."""

USERS = (
    records.User("ann", "salt", "hash", records.Access.READ, enabled=False),
    records.User("bob", "pepper", "mash", records.Access.ADMIN),
)
"""Some users, by name."""

_STATEMENTS = 256
"""Prepared ones that a connection keeps: more than there are."""

_T = TypeVar("_T")


class MemoryDatabase:
    """What is stored, and who follows it.

    Attributes:
        connection: the database itself, for what no controller does.
    """

    def __init__(
        self,
        identity: records.Identity = IDENTITY,
        users: Iterable[records.User] = (),
        content: bytes | None = None,
    ) -> None:
        """Make a new one, or one with the content of another, which has an identity and users."""
        self.connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=_STATEMENTS)
        self.connection.deserialize(_empty() if content is None else content)
        self.connection.execute("PRAGMA foreign_keys=ON")
        self._tails: dict[following.Tail, None] = {}
        self._fleet_at = -1
        if content is None:
            self.run(lambda within: identities.create(within, identity, users))
        self._fleet = self.run(following.Tail().begin_again)
        self._index()

    def _index(self) -> None:
        self._units = {unit.name: unit for unit in self._fleet.units}
        self._levels = {held.scope: held for held in self._fleet.levels}

    def copy(self) -> "MemoryDatabase":
        """Return what a copy of the file holds: all of it, and nobody who follows."""
        return MemoryDatabase(content=self.connection.serialize())

    @property
    def newest(self) -> int:
        """The newest revision."""
        return self.everything().revision

    @property
    def units(self) -> Mapping[str, records.Unit]:
        """The units by name."""
        self.everything()
        return self._units

    @property
    def levels(self) -> Mapping[names.Tag, level.Level]:
        """What is set for applications and the model."""
        self.everything()
        return self._levels

    def history(self) -> Sequence[records.Change]:
        """Return all changes, newest first."""
        wanted = changes.Wanted("", "", None, sys.maxsize, is_without_own=False)
        return self.run(lambda within: changes.history(within, wanted))

    @property
    def version(self) -> tuple[int, int]:
        """What is another where anything was written."""
        return id(self.connection), self.connection.total_changes

    def everything(self) -> records.Fleet:
        """Return all that a controller has in memory."""
        if self._fleet_at != self.connection.total_changes:
            self._fleet_at = self.connection.total_changes
            if self._fleet.revision != self.run(changes.newest):
                self._fleet = self.run(following.Tail().begin_again)
                self._index()
        return self._fleet

    def run(self, work: engine.Work[_T]) -> _T:
        """Run work in a transaction, and tell who follows before this returns."""
        before = self.connection.total_changes
        result = inline.run(self.connection, work)
        if self.connection.total_changes != before:
            for tail in tuple(self._tails):
                tail.publish(inline.run(self.connection, tail.read))
        return result

    def begin(self, tail: following.Tail, work: engine.Work[_T]) -> _T:
        """Run the work that begins to follow, and tell a tail what comes later."""
        self._tails[tail] = None
        return self.run(work)

    def end(self, tail: following.Tail) -> None:
        """Tell a tail nothing any more."""
        self._tails.pop(tail, None)

    def end_all(self) -> None:
        """Tell nobody any more."""
        self._tails.clear()


@functools.cache
def _empty() -> bytes:
    """Return a database with this release's schema and nothing in it."""
    with sqlite3.connect(":memory:", isolation_level=None) as made:
        database.migrate(made, pathlib.Path(":memory:"))
        return made.serialize()


class MemoryEngine:
    """``Engine`` on a database in memory: every call is over at once.

    Attributes:
        tail: tells who follows.
        failure: while set, every call raises it and does nothing.
        unconfirmed: what ``unconfirmed_for`` says.
        store_time: what ``time`` says.
    """

    def __init__(self, on: MemoryDatabase, tail: following.Tail) -> None:
        self._on, self.tail = on, tail
        self.failure: errors.MeterStatusError | None = None
        self.unconfirmed = datetime.timedelta()
        self.store_time: ports.StoreTime | None = None

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def write(self, work: engine.Work[_T]) -> _T:
        """Run work that may change something."""
        self._check()
        return self._on.run(work)

    async def read(self, work: engine.Work[_T]) -> _T:
        """Run work that only reads."""
        self._check()
        return self._on.run(work)

    async def follow(self, work: engine.Work[_T]) -> _T:
        """Run the work that begins to follow."""
        self._check()
        return self._on.begin(self.tail, work)

    def lead_back(self, to: MemoryDatabase) -> None:
        """Go on with another database, as a store does that was led back under its controllers."""
        self._on.end(self.tail)
        self._on = to
        self.tail.tell_reloaded(to.begin(self.tail, self.tail.begin_again))

    async def catch_up(self) -> None:
        """Return at once: everything is told at once."""
        self._check()

    def unconfirmed_for(self) -> datetime.timedelta:
        """Return what a test says."""
        return self.unconfirmed

    async def time(self) -> ports.StoreTime | None:
        """Return what a test says."""
        self._check()
        return self.store_time

    async def close(self) -> None:
        """Refuse every later call."""
        self._on.end(self.tail)
        self.failure = errors.StoreUnavailableError("the database is closed")


class MemoryRepository(repository.SQLRepository):
    """One controller's repository on a database in memory.

    Attributes:
        engine: what it runs on.
    """

    def __init__(self, on: MemoryDatabase | None = None) -> None:
        tail = following.Tail()
        self.engine = MemoryEngine(MemoryDatabase() if on is None else on, tail)
        super().__init__(self.engine, tail)
