"""Reads a database file as it was at one moment, beside the controller that serves it.

A second connection in a read transaction of its own: the write-ahead log keeps that moment for it, and the
controller's commits neither wait for it nor show in it. A copy of the file would be torn, and would lack
what is in the log.
"""

import pathlib
import sqlite3
from typing import TypeVar

from meterstatus.adapters.sql import engine
from meterstatus.adapters.sql.sqlite import database, shared_memory, transaction

_T = TypeVar("_T")

BUSY_SECONDS = 5.0
"""How long to wait for the controller, which begins its log anew now and then."""


def read(path: pathlib.Path, work: engine.Work[_T]) -> _T:
    """Run work that only reads, in one transaction.

    Raises:
        StoreUnavailableError: there is no such file, it is damaged, or its schema is another release's: it is
            not migrated here, for the controller that serves it may be of that release.
    """
    shared_memory.check_room(path)
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
    except sqlite3.Error as error:
        raise database.failed(path, error) from error
    try:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("BEGIN")
        database.check_whole(connection, path)
        database.check_schema(connection, path)
        return transaction.SQLiteTransaction(connection).drive(work)
    except sqlite3.Error as error:
        raise database.failed(path, error) from error
    finally:
        connection.close()
