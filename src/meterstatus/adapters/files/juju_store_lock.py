"""The lock under which Juju's client reads and writes the files that it keeps: ``flock`` on a file.

Which one depends on where the files are. That was read off its error messages, which name the lock, and the
maintainers' word in public that the full name of ``controllers.yaml`` is hashed (juju issue 18947); how it is
locked is as with every lock of Juju's (spec worker, D.7).
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import time
from collections.abc import Generator

from meterstatus import errors
from meterstatus.runtime import regular_file

LIMIT_SECONDS = 10.0
"""A command of the client holds it for milliseconds."""

_STEP_SECONDS = 0.05


def path_of(controllers: pathlib.Path) -> pathlib.Path:
    """Return the lock of the client whose ``controllers.yaml`` has this full name."""
    digest = hashlib.sha256(os.fsencode(controllers)).hexdigest()[:8]
    folder = pathlib.Path(os.environ.get("TMPDIR") or "/tmp")  # noqa: S108 - where Juju's client has it
    return folder / f"juju-store-lock-{digest.encode().hex()}"


@contextlib.contextmanager
def held(controllers: pathlib.Path) -> Generator[None]:
    """Hold the lock for as long as the context lasts. The file stays, as Juju's client leaves it.

    Raises:
        ConfigError: somebody else holds it for longer than the limit, or it is not ours to take.
    """
    path = path_of(controllers)
    try:
        descriptor = _open(path)
    except OSError as error:
        raise errors.ConfigError(
            f"the juju client's lock {path} cannot be taken: {error.strerror or error};"
            " who made it may remove it while no juju command runs"
        ) from error
    try:
        _take(descriptor, path, time.monotonic() + LIMIT_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _open(path: pathlib.Path) -> int:
    try:
        # Without O_CREAT first: with it even root is refused another's file in a sticky directory.
        return regular_file.open_descriptor(path)
    except FileNotFoundError:
        return regular_file.open_descriptor(path, os.O_RDONLY | os.O_CREAT)


def _take(descriptor: int, path: pathlib.Path, end: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise errors.ConfigError(
                    f"a juju command is changing these files: it holds {path}; try again once it is done"
                ) from None
            time.sleep(_STEP_SECONDS)
        else:
            return
