"""Transactions on the caller's own thread: where nobody waits for a turn, and no event loop need run."""

import sqlite3
from typing import TypeVar

from meterstatus.adapters.sql import engine
from meterstatus.adapters.sql.sqlite import transaction

_T = TypeVar("_T")


def run(connection: sqlite3.Connection, work: engine.Work[_T]) -> _T:
    """Run work in a transaction and commit it; work that raises leaves nothing behind.

    Args:
        connection: in autocommit mode.
        work: awaits nothing but its transaction.

    Raises:
        sqlite3.Error: SQLite failed.
        MeterStatusError: what the work raised.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = transaction.SQLiteTransaction(connection).drive(work)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result
