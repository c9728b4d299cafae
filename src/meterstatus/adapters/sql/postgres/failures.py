"""What an error of the library or the server means, and how to say it in one line."""

import enum

import asyncpg

from meterstatus import errors
from meterstatus.adapters.sql.postgres import target

ANY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, EOFError)
"""Everything that a connection raises; a TimeoutError is an OSError."""


class Meaning(enum.Enum):
    """What to do about an error."""

    LOST = enum.auto()
    """The connection is of no more use. Whether a COMMIT under way was done is open."""

    AGAIN = enum.auto()
    """The server asks for the transaction once more."""

    OWN = enum.auto()
    """It is the fault of the values, and so of one piece of work."""

    FAILED = enum.auto()
    """Anything else that the server refuses."""


PASSING = (Meaning.LOST, Meaning.AGAIN)
"""After which another try may succeed."""

_LOST_CLASSES = ("08", "57P", "25P03", "25P04")
_LOST = (asyncpg.ReadOnlySQLTransactionError, asyncpg.TooManyConnectionsError)
_AGAIN = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.exceptions.InvalidCachedStatementError,  # a migration came between; it is prepared anew
)
_OWN_CLASSES = ("22", "23")


def meaning(error: BaseException) -> Meaning:
    """Say what an error means for a transaction that it ended."""
    if not isinstance(error, asyncpg.PostgresError):
        # InterfaceError: the connection was closed under us. What the library itself refuses is a value.
        return Meaning.OWN if isinstance(error, asyncpg.DataError) else Meaning.LOST
    code = str(getattr(error, "sqlstate", ""))
    if code.startswith(_LOST_CLASSES) or isinstance(error, _LOST):
        return Meaning.LOST
    if isinstance(error, _AGAIN):
        return Meaning.AGAIN
    return Meaning.OWN if code.startswith(_OWN_CLASSES) else Meaning.FAILED


def in_words(error: BaseException) -> str:
    """Say in one line, without secrets, what went wrong."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


def unavailable(error: BaseException) -> errors.StoreUnavailableError:
    """Say that the database failed."""
    return errors.StoreUnavailableError(f"the database failed: {in_words(error)}")


def not_connected(of: target.Target, error: BaseException) -> errors.StoreUnavailableError:
    """Say why there is no connection, and what to do."""
    if isinstance(error, asyncpg.InvalidPasswordError | asyncpg.InvalidAuthorizationSpecificationError):
        why = f'it does not let "{of.user}" in: {in_words(error)}'
    elif isinstance(error, asyncpg.InvalidCatalogNameError):
        why = f"there is no such database; make it with: createdb {of.name}"
    elif isinstance(error, asyncpg.exceptions.TargetServerAttributeNotMatched):
        why = "it can only be read there (a standby)"
    else:
        why = in_words(error)
    return errors.StoreUnavailableError(f"cannot connect to {of}: {why}")
