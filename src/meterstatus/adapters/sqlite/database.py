"""Makes, opens and migrates a controller's database file; translates what SQLite says is wrong with it.

Every connection has the write-ahead log, ``synchronous=FULL`` (a commit is on the disk when it returns) and
foreign keys. The file is readable by its owner only, and SQLite gives its log files the same mode.
"""

import functools
import importlib.resources
import json
import os
import pathlib
import sqlite3
from collections.abc import Iterable

from meterstatus import errors
from meterstatus.domain import fleet

_BUSY_SECONDS = 5.0
"""How long to wait for another program, such as a backup, to let go of the file."""

_IDENTITY_KEYS = ("controller-uuid", "model-uuid", "model-name", "hosts", "port")

_HERE = importlib.resources.files("meterstatus.adapters.sqlite")


@functools.cache
def statement(name: str) -> str:
    """Return the statement in a file of ``sql``, by its name without ``.sql``."""
    return (_HERE / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _migrations() -> list[str]:
    files = sorted((_HERE / "migrations").iterdir(), key=lambda file: file.name)
    return [file.read_text(encoding="utf-8") for file in files if file.name.endswith(".sql")]


def create(path: pathlib.Path, identity: fleet.Identity, users: Iterable[fleet.User]) -> None:
    """Make a new database with its identity and users, and no units.

    Raises:
        FileExistsError: there is a file already.
        StoreUnavailableError: SQLite failed.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    connection = open_database(path)
    try:
        connection.execute("BEGIN IMMEDIATE")
        _write_identity(connection, identity)
        for user in users:
            connection.execute(statement("add_user"), _user_parameters(user))
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise _failed(path, error) from error
    finally:
        connection.close()


def _write_identity(connection: sqlite3.Connection, identity: fleet.Identity) -> None:
    values = {
        "controller-uuid": identity.controller_uuid,
        "model-uuid": identity.model_uuid,
        "model-name": identity.model_name,
        "hosts": json.dumps(identity.hosts),
        "port": str(identity.port),
    }
    for key, value in values.items():
        connection.execute(statement("add_meta"), {"key": key, "value": value})


def read_identity(connection: sqlite3.Connection) -> fleet.Identity:
    """Read what ``create`` wrote.

    Raises:
        StoreUnavailableError: nothing is there: the file was emptied, or somebody else made it.
    """
    values: dict[str, str] = dict(connection.execute(statement("read_meta")))
    missing = [key for key in _IDENTITY_KEYS if key not in values]
    if missing:
        raise errors.StoreUnavailableError(f"the database has no controller in it: no {', '.join(missing)}")
    return fleet.Identity(
        controller_uuid=values["controller-uuid"],
        model_uuid=values["model-uuid"],
        model_name=values["model-name"],
        hosts=tuple(json.loads(values["hosts"])),
        port=int(values["port"]),
    )


def _user_parameters(user: fleet.User) -> dict[str, str | int]:
    return {
        "name": user.name,
        "salt": user.salt,
        "password_hash": user.password_hash,
        "access": user.access.value,
        "enabled": int(user.enabled),
    }


def open_database(path: pathlib.Path) -> sqlite3.Connection:
    """Open an existing database, check that it is whole, and bring its schema up to date.

    The connection may be used on any thread, by one at a time.

    Raises:
        StoreUnavailableError: there is no such file, it is damaged, no database or cannot be written,
            or a newer release of this program has changed its schema.
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    try:
        connection = sqlite3.connect(
            uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise _failed(path, error) from error
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise _failed(path, error) from error
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
    (fault,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if fault != "ok":
        raise errors.StoreUnavailableError(f"database {path} is damaged: {fault}")
    _migrate(connection, path)


def _migrate(connection: sqlite3.Connection, path: pathlib.Path) -> None:
    migrations = _migrations()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(migrations):
        known = len(migrations)
        raise errors.StoreUnavailableError(
            f"database {path} has schema {version}, made by a newer release; this one knows {known}"
        )
    for number, script in enumerate(migrations[version:], start=version + 1):
        # One script, so that the schema and its number change in one transaction or not at all.
        connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version={number};\nCOMMIT;")


def _failed(path: pathlib.Path, error: sqlite3.Error) -> errors.StoreUnavailableError:
    return errors.StoreUnavailableError(f"database {path} cannot be used: {error}")
