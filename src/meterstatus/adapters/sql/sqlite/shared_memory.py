"""Makes sure that there is room for what SQLite maps into memory beside its log, before it does.

It makes that file as long as it will be by writing the last byte of each page of 4 KiB, and maps it. Where
blocks of the disk are smaller, the rest of each page has none until it is touched, and a touch that finds the
disk full ends the process by SIGBUS, without a word. So the room is taken for a moment first, and where it
cannot be had, that is an error like any other.
"""

import contextlib
import errno
import os
import pathlib
import tempfile

from meterstatus import errors

SUFFIX = "-shm"

BYTES = 32_768
"""What SQLite maps at once."""

_BLOCK = 512
"""Of ``st_blocks``, whatever the disk's own are."""

_FULL = (errno.ENOSPC, errno.EDQUOT)


def check_room(database: pathlib.Path) -> None:
    """Check that the file that SQLite maps beside a database has room, or has its blocks already.

    The room is tried with another file: to close that one would take SQLite's locks from it, where this
    process has it open already.

    Raises:
        StoreUnavailableError: it has not; the text says how much is needed, and where.
    """
    missing = BYTES - _held(database.with_name(f"{database.name}{SUFFIX}"))
    if missing <= 0:
        return
    try:
        with tempfile.TemporaryFile(dir=database.parent) as tried:
            os.posix_fallocate(tried.fileno(), 0, missing)
    except OSError as error:
        if error.errno not in _FULL:
            return  # whatever else is wrong there, SQLite says
        raise errors.StoreUnavailableError(
            f"database {database} cannot be used: {database.parent} has no room for the {BYTES // 1024} KiB"
            f" that SQLite keeps beside it ({error.strerror}); make some room there"
        ) from error


def _held(shared: pathlib.Path) -> int:
    """Return how much of the file is on the disk already."""
    with contextlib.suppress(OSError):
        return shared.stat().st_blocks * _BLOCK
    return 0
