"""The few file operations on which durability rests, so that a test can cut the power between any two."""

import pathlib
from collections.abc import Sequence
from typing import Protocol


class Files(Protocol):
    """A file system; every call blocks while the disk does, and raises OSError as the system does.

    What is durable: the content of a file after ``sync``, the names in a directory after
    ``sync_directory``. Everything else may be lost, in part and in any order, when the power goes.
    """

    def read(self, path: pathlib.Path) -> bytes:
        """Return a file's content."""
        ...

    def create(self, path: pathlib.Path, mode: int) -> int:
        """Make a new file, open for writing, and return its descriptor; FileExistsError if there is one."""
        ...

    def write(self, descriptor: int, content: bytes) -> None:
        """Write all of the content."""
        ...

    def sync(self, descriptor: int) -> None:
        """Make the file's content durable."""
        ...

    def close(self, descriptor: int) -> None:
        """Close the file."""
        ...

    def rename(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Give a file another name, taking the place of a file there; atomic."""
        ...

    def link(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Give a file a second name; FileExistsError if there is a file."""
        ...

    def unlink(self, path: pathlib.Path) -> None:
        """Remove a name."""
        ...

    def sync_directory(self, directory: pathlib.Path) -> None:
        """Make the directory's names durable."""
        ...

    def names(self, directory: pathlib.Path) -> Sequence[str]:
        """Return the names in a directory."""
        ...

    def modified_at(self, path: pathlib.Path) -> float:
        """Return when a file was last written, in seconds since 1970 by the wall clock of then."""
        ...
