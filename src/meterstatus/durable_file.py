"""Replaces a small file so that a crash at any moment leaves the whole old or the whole new content.

Used for the agent's files, whose loss a unit would notice (spec worker, A.9 and B-35). Differs from the
reference on purpose: nobody else may read the file, not even between creation and rename, the directory
is synced too, and what a crash left lying about is swept up. Blocks while the disk does; callers decide
in which thread. Sits below the adapters because two of them write such files and may not know each other.
"""

import contextlib
import os
import pathlib
import re
import secrets
import stat

MODE = 0o600
LITTER_AGE_SECONDS = 3600.0
"""How old a temporary file must be before it is taken for litter, and not for a write under way."""

_temporary_re = re.compile(r"juju[0-9]+")


def write(path: pathlib.Path, content: bytes) -> None:
    """Replace a file, mode 0600; when this returns, the new content survives a power cut.

    Raises:
        OSError: it could not be written. The former file is still there, unless only the last step
            failed, syncing the directory; then the new one is, and a power cut may take it back.
    """
    temporary = path.with_name(f"juju{secrets.randbelow(10**10)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            _write_all(descriptor, content)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_directory(path.parent)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_directory(directory: pathlib.Path) -> None:
    """Make what was created, renamed or removed in a directory survive a power cut.

    Raises:
        OSError: it could not be synced.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(path: pathlib.Path) -> list[pathlib.Path]:
    """Remove the temporary files that crashed writes left beside a file; return what was removed.

    Call it after writing the file: its age is the measure, so that no clock is needed. A temporary file
    that is not clearly older is somebody's write under way (Juju's agent uses the same names). Never
    raises: litter that cannot be removed harms nobody.
    """
    removed: list[pathlib.Path] = []
    with contextlib.suppress(OSError):
        newest = path.stat().st_mtime
        for entry in os.scandir(path.parent):
            if _temporary_re.fullmatch(entry.name) is None:
                continue
            facts = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(facts.st_mode) and facts.st_mtime < newest - LITTER_AGE_SECONDS:
                pathlib.Path(entry.path).unlink()
                removed.append(pathlib.Path(entry.path))
    return removed
