"""The disk of a simulated machine: full or broken for a while, cut in the middle of a save, torn by a cut."""

import datetime
import errno
import itertools
import os
import pathlib
import random as randoms
from collections.abc import Callable

from harness import disk
from harness.simulation import process

Directory = tuple[str, ...]
"""The parts of a directory's path; ``Path.parent`` takes longer than the rest of an operation here."""


def directory_of(path: pathlib.Path) -> Directory:
    """Return the directory of a path."""
    return path.parts[:-1]


class Disk:
    """``durable_file.Files`` of a machine, in memory.

    Args:
        cut: called when the power goes in the middle of a save.
        now: the machine's wall time.

    Attributes:
        trouble: the errno of every operation that writes; None while it is well.
        cut_after: operations until the power goes; None is never.
    """

    def __init__(self, cut: Callable[[], None], now: Callable[[], datetime.datetime]) -> None:
        self.trouble: int | None = None
        self.cut_after: int | None = None
        self._cut, self._now = cut, now
        self._folders: dict[Directory, disk.SimulatedDisk] = {}
        self._open: dict[int, tuple[Directory, int]] = {}
        self._in_place: set[int] = set()
        self._count = itertools.count()

    def folder(self, directory: Directory) -> disk.SimulatedDisk:
        """Return a directory, which is there as soon as it is asked for."""
        known = self._folders.get(directory)
        if known is None:
            known = self._folders[directory] = disk.SimulatedDisk(now=self._now)
        return known

    def copy(self) -> dict[Directory, dict[str, bytes]]:
        """Return what a backup holds: every file's content by name, by directory."""
        return {directory: folder.files() for directory, folder in self._folders.items()}

    def replace(self, content: dict[Directory, dict[str, bytes]]) -> None:
        """Hold what a backup holds, and nothing else."""
        self._folders.clear()
        for directory, files in content.items():
            for name, data in files.items():
                self.folder(directory).put(pathlib.Path(*directory, name), data)

    def lose_power(self, random: randoms.Random) -> None:
        """Lose what was not synced, in part, or torn."""
        for folder in self._folders.values():
            folder.lose_power(random)

    def _writing(self, directory: Directory, *, in_place: bool = False) -> disk.SimulatedDisk:
        owner = process.current()
        if owner is not None and owner.is_dead:
            raise OSError(errno.EIO, "the process is gone")
        if self.cut_after is not None:
            self.cut_after -= 1
            if self.cut_after <= 0:
                self.cut_after = None
                self._cut()
                raise OSError(errno.EIO, "the power is gone")
        if self.trouble is not None and not (in_place and self.trouble == errno.ENOSPC):
            raise OSError(self.trouble, os.strerror(self.trouble))
        return self._folders.get(directory) or self.folder(directory)

    def read(self, path: pathlib.Path) -> bytes:
        """Return all of a file."""
        return self.folder(directory_of(path)).read(path)

    def changed_at(self, path: pathlib.Path) -> datetime.datetime:
        """Return when a file was last changed."""
        return self.folder(directory_of(path)).changed_at(path)

    def create(self, path: pathlib.Path) -> int:
        """Make a new file."""
        descriptor, directory = next(self._count), directory_of(path)
        self._open[descriptor] = (directory, self._writing(directory).create(path))
        return descriptor

    def open(self, path: pathlib.Path) -> int:
        """Open a file to write over what it holds, for which a full disk has room."""
        descriptor, directory = next(self._count), directory_of(path)
        self._open[descriptor] = (directory, self._writing(directory, in_place=True).open(path))
        self._in_place.add(descriptor)
        return descriptor

    def write(self, descriptor: int, content: bytes) -> None:
        """Write all of the content."""
        directory, number = self._open[descriptor]
        self._writing(directory, in_place=descriptor in self._in_place).write(number, content)

    def sync(self, descriptor: int) -> None:
        """Make the file's content durable."""
        directory, number = self._open[descriptor]
        self._writing(directory, in_place=descriptor in self._in_place).sync(number)

    def close(self, descriptor: int) -> None:
        """Let go of the descriptor."""
        directory, number = self._open.pop(descriptor)
        self._in_place.discard(descriptor)
        self.folder(directory).close(number)

    def link(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Give a file a second name."""
        self._writing(directory_of(source)).link(source, target)

    def rename(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Give a file another name."""
        self._writing(directory_of(source)).rename(source, target)

    def unlink(self, path: pathlib.Path) -> None:
        """Take a name away."""
        self._writing(directory_of(path)).unlink(path)

    def sync_directory(self, directory: pathlib.Path) -> None:
        """Make the names durable."""
        self._writing(directory.parts).sync_directory(directory)
