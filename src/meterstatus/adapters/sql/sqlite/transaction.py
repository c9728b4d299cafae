"""``Transaction`` on SQLite, run without an event loop."""

import sqlite3
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from meterstatus.adapters.sql import engine, statements
from meterstatus.domain import slicing

_T = TypeVar("_T")


class SQLiteTransaction:
    """``Transaction`` on a connection; every call ends at once, on the thread that drives it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def _run(self, statement: str, parameters: engine.Parameters | None) -> sqlite3.Cursor:
        cursor = self._connection.cursor()
        cursor.row_factory = sqlite3.Row
        for part in statements.parts(statement):
            cursor.execute(part, parameters or {})
        return cursor

    async def fetch(self, statement: str, parameters: engine.Parameters | None = None) -> list[engine.Row]:
        """Run a statement and return its rows."""
        return self._run(statement, parameters).fetchall()

    async def fetch_one(
        self, statement: str, parameters: engine.Parameters | None = None
    ) -> engine.Row | None:
        """Run a statement and return its first row."""
        # All of them: a statement that writes and returns has only run when its rows are read.
        found = self._run(statement, parameters).fetchall()
        return found[0] if found else None

    async def execute(self, statement: str, parameters: engine.Parameters | None = None) -> None:
        """Run a statement that returns nothing."""
        self._run(statement, parameters)

    async def reckon(self, steps: slicing.Steps[_T]) -> _T:
        """Return what steps come to; nobody else wants this thread."""
        return slicing.at_once(steps)

    def drive(self, work: engine.Work[_T]) -> _T:
        """Run work to its end, without an event loop.

        Raises:
            RuntimeError: it waits for something other than its transaction.
        """
        running = cast("Coroutine[Any, Any, _T]", work(self))
        try:
            running.send(None)
        except StopIteration as finished:
            return finished.value
        running.close()
        raise RuntimeError("work may wait for nothing but its transaction")
