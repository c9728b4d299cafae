"""What the repository needs of a database: statements inside a transaction, and transactions."""

import datetime
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from meterstatus.domain import slicing
from meterstatus.ports import repository

_T = TypeVar("_T")


class Row(Protocol):
    """What a statement returned, by the names of its columns."""

    def __getitem__(self, column: str, /) -> Any:
        """Return what is in a column."""
        ...


Parameters = Mapping[str, Any]


class Transaction(Protocol):
    """Runs statements by the name of their file; parameters are what the statement names with ``:name``.

    Nothing else may be awaited inside a transaction: SQLite's has no event loop to wait on.
    """

    async def fetch(self, statement: str, parameters: Parameters | None = None) -> Sequence[Row]:
        """Run a statement and return its rows."""
        ...

    async def fetch_one(self, statement: str, parameters: Parameters | None = None) -> Row | None:
        """Run a statement and return its first row; None where there is none."""
        ...

    async def execute(self, statement: str, parameters: Parameters | None = None) -> None:
        """Run a statement that returns nothing."""
        ...

    async def reckon(self, steps: slicing.Steps[_T]) -> _T:
        """Return what steps come to; on a loop's thread others have their turn between two of them."""
        ...


Work = Callable[[Transaction], Awaitable[_T]]


class Engine(Protocol):
    """Runs work in transactions, and tells what was committed.

    Changes are committed in the order of their revisions: whoever reads up to one has seen all below it.
    """

    async def write(self, work: Work[_T]) -> _T:
        """Run work that may change something; return its result once that is durable and was told.

        Work that raises leaves nothing behind. It may share a commit with other work, and may be run again
        from the start where the database asks for it.

        Raises:
            StoreUnavailableError: the database failed, or was closed; nothing was changed.
            OutcomeUnknownError: it went away at the commit, and whether that was done cannot be found out.
            MeterStatusError: whatever the work raised.
        """
        ...

    async def read(self, work: Work[_T]) -> _T:
        """Run work that only reads. Raises StoreUnavailableError, MeterStatusError."""
        ...

    async def follow(self, work: Work[_T]) -> _T:
        """Run the work that begins to follow: it reads at one moment, and never beside a look at the tail.

        Raises:
            StoreUnavailableError: the database failed, or was closed.
        """
        ...

    async def catch_up(self) -> None:
        """Return once everything that is committed by now is told. Raises StoreUnavailableError."""
        ...

    def unconfirmed_for(self) -> datetime.timedelta:
        """Return how long ago it was last certain that all that was committed had been told."""
        ...

    async def time(self) -> repository.StoreTime | None:
        """Return what time it is by the database's clock; None where it has none of its own."""
        ...

    async def close(self) -> None:
        """Finish what was asked for and let go of the database. Any number of times."""
        ...
