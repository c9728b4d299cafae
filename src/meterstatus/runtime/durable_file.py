"""Replaces a small file so that a crash at any moment leaves the whole old or the whole new content.

Used for the agent's files, whose loss a unit would notice (spec worker, A.9 and B-35). Differs from the
reference on purpose: nobody else may read the file, not even between creation and rename, the directory
is synced too, and what a crash left lying about is swept up. Blocks while the disk does; callers decide
in which thread. Sits below the adapters because two of them write such files and may not know each other.
"""

import contextlib
import datetime
import errno
import os
import pathlib
import re
import secrets
import stat
from typing import Protocol

from meterstatus.runtime import regular_file

MODE = 0o600
MOST_BYTES = 16 * 1024 * 1024
"""Of one that is read; more than the longest status that a controller can send."""

LITTER_AGE_SECONDS = 3600.0
"""How old a temporary file must be before it is taken for litter, and not for a write under way."""

_temporary_re = re.compile(r"juju[0-9]+")


class Files(Protocol):
    """All that is done with a durable file, so that a test can cut the power between any two operations.

    Durable is the content of a file after ``sync`` and the names in a directory after ``sync_directory``.
    Everything else may be lost when the power goes, in part and in any order. All raise OSError.
    """

    def read(self, path: pathlib.Path) -> bytes:
        """Return all of a file."""
        ...

    def changed_at(self, path: pathlib.Path) -> datetime.datetime:
        """Return when what has a name was last changed, aware UTC; of a link itself, not of its target."""
        ...

    def create(self, path: pathlib.Path) -> int:
        """Make a new file, mode 0600, and return its descriptor."""
        ...

    def open(self, path: pathlib.Path) -> int:
        """Open a file to write over what it holds, from its beginning, and return its descriptor."""
        ...

    def write(self, descriptor: int, content: bytes) -> None:
        """Write all of the content."""
        ...

    def sync(self, descriptor: int) -> None:
        """Make the file's content durable."""
        ...

    def close(self, descriptor: int) -> None:
        """Let go of the descriptor."""
        ...

    def link(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Give a file a second name, which not every file system can."""
        ...

    def rename(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Give a file another name, in place of what has it; atomic."""
        ...

    def unlink(self, path: pathlib.Path) -> None:
        """Take a name away."""
        ...

    def sync_directory(self, directory: pathlib.Path) -> None:
        """Make the names in a directory durable."""
        ...


class SystemFiles:
    """``Files`` of the operating system."""

    def read(self, path: pathlib.Path) -> bytes:
        """Return all of a file; raises UnfitFileError where it is none of ours, or has no end."""
        return regular_file.read(path, MOST_BYTES)

    def changed_at(self, path: pathlib.Path) -> datetime.datetime:
        """Return when what has a name was last changed."""
        return datetime.datetime.fromtimestamp(path.lstat().st_mtime, datetime.UTC)

    def create(self, path: pathlib.Path) -> int:
        """Make a new file, private from the first moment."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)

    def open(self, path: pathlib.Path) -> int:
        """Open a file to write over what it holds."""
        return regular_file.open_descriptor(path, os.O_WRONLY)

    def write(self, descriptor: int, content: bytes) -> None:
        """Write all of the content."""
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def sync(self, descriptor: int) -> None:
        """Make the file's content durable."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Let go of the descriptor."""
        os.close(descriptor)

    def link(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Give a file a second name."""
        target.hardlink_to(source)

    def rename(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Give a file another name."""
        source.replace(target)

    def unlink(self, path: pathlib.Path) -> None:
        """Take a name away."""
        path.unlink()

    def sync_directory(self, directory: pathlib.Path) -> None:
        """Make the names in a directory durable."""
        sync_directory(directory)


SYSTEM_FILES = SystemFiles()


def write(
    path: pathlib.Path,
    content: bytes,
    *,
    former: pathlib.Path | None = None,
    files: Files = SYSTEM_FILES,
) -> None:
    """Replace a file, mode 0600; when this returns, the new content survives a power cut.

    Args:
        path: the file.
        content: all of it.
        former: the name under which what the file held until now is kept; None keeps nothing. Its content
            was synced when it was written, so one sync of the directory is enough for all names. It is a
            courtesy: where the file system has no second names (vfat, SMB) it is a copy, and where that
            cannot be made either, it is left out.
        files: where.

    Raises:
        OSError: it could not be written. The former file is still there, unless only the last step
            failed, syncing the directory; then the new one is, and a power cut may take it back.
    """
    number = secrets.randbelow(10**10)
    temporary = path.with_name(f"juju{number}")
    descriptor = files.create(temporary)
    try:
        _fill(descriptor, content, files)
        if former is not None:
            with contextlib.suppress(OSError):
                _keep(path, former, path.with_name(f"juju{number}0"), files)
        files.rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            files.unlink(temporary)
        raise
    files.sync_directory(path.parent)


def _fill(descriptor: int, content: bytes, files: Files) -> None:
    try:
        files.write(descriptor, content)
        files.sync(descriptor)
    finally:
        files.close(descriptor)


def _keep(path: pathlib.Path, former: pathlib.Path, second: pathlib.Path, files: Files) -> None:
    # A second name and not a rename: there is no moment at which the file is absent.
    try:
        name_again(path, second, files)
        files.rename(second, former)
    finally:
        # Renaming one name of a file to another of its names does nothing, and leaves both (rename(2)).
        with contextlib.suppress(OSError):
            files.unlink(second)


def name_again(source: pathlib.Path, target: pathlib.Path, files: Files = SYSTEM_FILES) -> None:
    """Give a file a second name; where the file system has no such thing, a copy under that name.

    Raises:
        FileExistsError: something has that name.
        OSError: neither can be made.
    """
    try:
        files.link(source, target)
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError:
        content = files.read(source)
        descriptor = files.create(target)
        try:
            _fill(descriptor, content, files)
        except OSError:
            files.unlink(target)
            raise


def sync_directory(directory: pathlib.Path) -> None:
    """Make what was created, renamed or removed in a directory survive a power cut.

    On a file system that can sync no directory (SMB, some of FUSE) nothing can be done for that.

    Raises:
        OSError: it could not be synced.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
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


class Reserve:
    """Room for one more version of a durable file, taken while the disk had some.

    For a disk that is full: writing over what a file holds takes no room, but where the file system copies
    what is written. It is not atomic: a power cut may leave a mixture of two versions here, which whoever
    reads has to notice. Blank is a file of zeros.

    Args:
        path: of the file that is the room.
        files: where.
    """

    SIZE_BYTES = 16 * 1024

    def __init__(self, path: pathlib.Path, files: Files = SYSTEM_FILES) -> None:
        self.path = path
        self._files = files
        self._is_there = False

    def make(self) -> None:
        """Take the room, once. Never raises: there may be none, and then there is no reserve."""
        if self._is_there:
            return
        with contextlib.suppress(OSError):
            if self._read() is None:
                write(self.path, bytes(self.SIZE_BYTES), files=self._files)
            self._is_there = True

    def content(self) -> bytes:
        """Return what was put here last; empty where that is nothing.

        Raises:
            OSError: it cannot be read.
        """
        return (self._read() or b"").rstrip(b"\0")

    def _read(self) -> bytes | None:
        try:
            return self._files.read(self.path)
        except FileNotFoundError:
            return None

    def put(self, content: bytes) -> bool:
        """Write over what is here; tell whether all of it is, and survives a power cut. Never raises."""
        if len(content) > self.SIZE_BYTES:
            return False
        with contextlib.suppress(OSError):
            _fill(self._files.open(self.path), content.ljust(self.SIZE_BYTES, b"\0"), self._files)
            return True
        return False
