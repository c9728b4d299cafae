"""Makes, opens and migrates a controller's database file; translates what SQLite says is wrong with it.

Every connection has the write-ahead log, ``synchronous=FULL`` (a commit is on the disk when it returns) and
foreign keys. The file is readable by its owner only, and SQLite gives its log files the same mode.
"""

import importlib.resources
import os
import pathlib
import sqlite3
from collections.abc import Iterable

from meterstatus import errors
from meterstatus.adapters.sql import engine, following, repository, statements
from meterstatus.adapters.sql import identity as identities
from meterstatus.adapters.sql.sqlite import inline, shared_memory, threaded
from meterstatus.domain.fleet import records

_BUSY_SECONDS = 5.0
"""How long to wait for another program, such as a backup, to let go of the file."""

_MIGRATIONS = importlib.resources.files("meterstatus.adapters.sql.sqlite") / "migrations"


def create(path: pathlib.Path, identity: records.Identity, users: Iterable[records.User]) -> None:
    """Make a new database with its identity and users, and no units. Raises as ``fill``."""
    fill(path, lambda within: identities.create(within, identity, users))


def fill(path: pathlib.Path, work: engine.Work[None]) -> None:
    """Make a new database, and run work that writes what is to be in it: all of it or nothing.

    Raises:
        FileExistsError: there is a file already.
        StoreUnavailableError: SQLite failed.
        MeterStatusError: what the work raised.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    connection = open_database(path)
    try:
        inline.run(connection, work)
    except sqlite3.Error as error:
        raise failed(path, error) from error
    finally:
        connection.close()


def open_repository(path: pathlib.Path) -> repository.SQLRepository:
    """Open the repository in an existing database.

    Raises:
        StoreUnavailableError: as ``open_database`` says.
    """
    tail = following.Tail()
    return repository.SQLRepository(threaded.ThreadedEngine(open_database(path), tail), tail)


def open_database(path: pathlib.Path) -> sqlite3.Connection:
    """Open an existing database, check that it is whole, and bring its schema up to date.

    The connection may be used on any thread, by one at a time.

    Raises:
        StoreUnavailableError: there is no such file, it is damaged, no database or cannot be written, there
            is no room for what SQLite keeps beside it, or a newer release of this program has changed its
            schema.
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    shared_memory.check_room(path)
    try:
        connection = sqlite3.connect(
            uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise failed(path, error) from error
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise failed(path, error) from error
    except errors.StoreUnavailableError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: pathlib.Path) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    # What may only be read, SQLite opens for reading and says nothing, nor does BEGIN IMMEDIATE; only a
    # change fails. This one is taken back.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("PRAGMA user_version=0")
    connection.execute("ROLLBACK")
    check_whole(connection, path)
    migrate(connection, path)
    # A process that was killed between writing a commit and syncing it leaves one that can be read, and that
    # a power cut takes away. Nobody is told of it before it is on the disk.
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def check_whole(connection: sqlite3.Connection, path: pathlib.Path) -> None:
    """Check that a database is not damaged.

    Raises:
        StoreUnavailableError: it is.
    """
    (fault,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if fault != "ok":
        raise errors.StoreUnavailableError(f"database {path} is damaged: {fault}")


def check_schema(connection: sqlite3.Connection, path: pathlib.Path) -> None:
    """Check that a database has this release's schema.

    Raises:
        StoreUnavailableError: it has another one.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    known = len(statements.scripts(_MIGRATIONS))
    if version != known:
        raise errors.StoreUnavailableError(
            f"database {path} has schema {version}, and this release {known}; use the one that serves it"
        )


def migrate(connection: sqlite3.Connection, path: pathlib.Path) -> None:
    """Bring a database's schema up to what this release knows.

    Raises:
        StoreUnavailableError: a newer release has changed it.
    """
    migrations = statements.scripts(_MIGRATIONS)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(migrations):
        known = len(migrations)
        raise errors.StoreUnavailableError(
            f"database {path} has schema {version}, made by a newer release; this one knows {known}"
        )
    for number, script in enumerate(migrations[version:], start=version + 1):
        # One script, so that the schema and its number change in one transaction or not at all.
        connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version={number};\nCOMMIT;")


def failed(path: pathlib.Path, error: sqlite3.Error) -> errors.StoreUnavailableError:
    """Say in our words what SQLite says."""
    return errors.StoreUnavailableError(f"database {path} cannot be used: {error}")
