"""A disk whose power can be cut: what was not synced may be lost, torn or there, in any combination.

Simulates the operations that ``durable_file`` rests on. It begins as a copy of a real directory, and each of
the states that it may be found in after the cut can be laid out as a real directory again.
"""

import errno
import itertools
import os
import pathlib
from collections.abc import Iterator


class PowerCut(BaseException):
    """The power is gone; nothing that runs may notice, so it is no ``Exception``."""


class SimulatedDisk:
    """``durable_file.Files`` of one directory.

    Args:
        directory: what is there at first, all of it durable.
        cut_after: how many operations are carried out before the power goes; None is never.
        failing: the operations, by name, that fail, and with which errno.
    """

    def __init__(
        self,
        directory: pathlib.Path,
        *,
        cut_after: int | None = None,
        failing: dict[str, int] | None = None,
    ) -> None:
        self._left = cut_after
        self._failing = failing or {}
        self._contents: list[bytes] = []
        self._durable_contents: list[bytes | None] = []
        self._names: dict[str, int] = {}
        for path in sorted(directory.iterdir()):
            self._names[path.name] = self._new(path.read_bytes(), path.read_bytes())
        self._durable_names = dict(self._names)
        self._pending: list[tuple[str, str, int]] = []
        self.operations = 0

    def _new(self, content: bytes, durable: bytes | None) -> int:
        self._contents.append(content)
        self._durable_contents.append(durable)
        return len(self._contents) - 1

    def _begin(self, operation: str) -> None:
        if self._left is not None and self._left <= self.operations:
            raise PowerCut
        self.operations += 1
        if operation in self._failing:
            raise OSError(self._failing[operation], os.strerror(self._failing[operation]))

    def create(self, path: pathlib.Path) -> int:
        """Make a new file."""
        self._begin("create")
        number = self._new(b"", None)
        self._name(path.name, number)
        return number

    def _name(self, name: str, number: int) -> None:
        self._names[name] = number
        self._pending.append(("name", name, number))

    def write(self, descriptor: int, content: bytes) -> None:
        """Write all of the content."""
        self._begin("write")
        self._contents[descriptor] += content

    def sync(self, descriptor: int) -> None:
        """Make the file's content durable."""
        self._begin("sync")
        self._durable_contents[descriptor] = self._contents[descriptor]

    def close(self, descriptor: int) -> None:
        """Let go of the descriptor."""

    def link(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Give a file a second name."""
        self._begin("link")
        if source.name not in self._names:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        self._name(target.name, self._names[source.name])

    def rename(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Give a file another name; nothing happens where it has that name already."""
        self._begin("rename")
        number = self._names[source.name]
        if self._names.get(target.name) == number:
            return
        self._names[target.name] = self._names.pop(source.name)
        # One entry, because a rename is atomic.
        self._pending.append((source.name, target.name, number))

    def unlink(self, path: pathlib.Path) -> None:
        """Take a name away."""
        self._begin("unlink")
        if path.name not in self._names:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        number = self._names.pop(path.name)
        self._pending.append(("unlink", path.name, number))

    def sync_directory(self, directory: pathlib.Path) -> None:
        """Make the names durable."""
        self._begin("sync_directory")
        self._durable_names = dict(self._names)
        self._pending.clear()

    def after_power_cut(self) -> Iterator[dict[str, bytes]]:
        """Give every state that the directory may be found in: names and contents."""
        for kept in itertools.product((True, False), repeat=len(self._pending)):
            names = dict(self._durable_names)
            for is_kept, change in zip(kept, self._pending, strict=True):
                if is_kept:
                    _apply(names, change)
            yield from self._contents_of(names)

    def _contents_of(self, names: dict[str, int]) -> Iterator[dict[str, bytes]]:
        numbers = sorted(set(names.values()))
        for contents in itertools.product(*(self._found(number) for number in numbers)):
            found = dict(zip(numbers, contents, strict=True))
            yield {name: found[number] for name, number in names.items()}

    def _found(self, number: int) -> list[bytes]:
        durable, content = self._durable_contents[number], self._contents[number]
        if durable == content:
            return [content]
        half = len(content) // 2
        torn = [b"", content, content[:half], content[:-1], bytes(len(content)), content[:half] + bytes(half)]
        return list(dict.fromkeys(torn))


def _apply(names: dict[str, int], change: tuple[str, str, int]) -> None:
    kind, name, number = change
    if kind == "unlink":
        names.pop(name, None)
        return
    if kind != "name":
        names.pop(kind, None)
    names[name] = number


def lay_out(found: dict[str, bytes], directory: pathlib.Path) -> None:
    """Make a real directory of what was found, in place of what is there."""
    directory.mkdir(exist_ok=True)
    for path in directory.iterdir():
        path.unlink()
    for name, content in found.items():
        (directory / name).write_bytes(content)
