"""A disk whose power can be cut: what was not synced may be lost, torn or there, in any combination.

Simulates the operations that ``durable_file`` rests on. It begins empty or as a copy of a real directory, and
each of the states that it may be found in after the cut can be laid out as a real directory again, or one of
them drawn at random to go on from.
"""

import dataclasses
import datetime
import errno
import itertools
import os
import pathlib
import random as randoms
from collections.abc import Callable, Iterator

from meterstatus.domain.unit import state


class PowerCut(BaseException):
    """The power is gone; nothing that runs may notice, so it is no ``Exception``."""


@dataclasses.dataclass(slots=True)
class _File:
    content: bytes
    durable: bytes | None
    """What is sure to be found after a power cut; None while nothing is."""

    changed_at: datetime.datetime


class SimulatedDisk:
    """``durable_file.Files`` of one directory.

    Args:
        directory: what is there at first, all of it durable; None is an empty one.
        cut_after: how many operations are carried out before the power goes; None is never.
        failing: the operations, by name, that fail, and with which errno.
        now: when anything is changed, aware UTC.
    """

    def __init__(
        self,
        directory: pathlib.Path | None = None,
        *,
        cut_after: int | None = None,
        failing: dict[str, int] | None = None,
        now: Callable[[], datetime.datetime] = lambda: state.UTC_EPOCH,
    ) -> None:
        self._left = cut_after
        self._failing = failing or {}
        self._now = now
        self._files: dict[int, _File] = {}
        self._count = itertools.count()
        self._names: dict[str, int] = {}
        self._durable_names: dict[str, int] = {}
        self._pending: list[tuple[str, str, int]] = []
        self._overwriting: set[int] = set()
        self.operations = 0
        for path in () if directory is None else sorted(directory.iterdir()):
            self.put(path, path.read_bytes())

    def put(self, path: pathlib.Path, content: bytes) -> None:
        """Have a file there from now on, as if it had always been, whatever was in its place."""
        number = next(self._count)
        self._files[number] = _File(content, content, self._now())
        self._names[path.name] = number
        self._durable_names = dict(self._names)
        self._pending.clear()

    def files(self) -> dict[str, bytes]:
        """Return every file's content by its name."""
        return {name: self._files[number].content for name, number in self._names.items()}

    def _begin(self, operation: str) -> None:
        if self._left is not None and self._left <= self.operations:
            raise PowerCut
        self.operations += 1
        if operation in self._failing:
            raise OSError(self._failing[operation], os.strerror(self._failing[operation]))

    def _find(self, path: pathlib.Path) -> int:
        number = self._names.get(path.name)
        if number is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return number

    def read(self, path: pathlib.Path) -> bytes:
        """Return all of a file."""
        return self._files[self._find(path)].content

    def changed_at(self, path: pathlib.Path) -> datetime.datetime:
        """Return when a file was last changed."""
        return self._files[self._find(path)].changed_at

    def create(self, path: pathlib.Path) -> int:
        """Make a new file."""
        self._begin("create")
        number = next(self._count)
        self._files[number] = _File(b"", None, self._now())
        self._name(path.name, number)
        return number

    def _name(self, name: str, number: int) -> None:
        self._names[name] = number
        self._pending.append(("name", name, number))

    def open(self, path: pathlib.Path) -> int:
        """Open a file to write over what it holds."""
        self._begin("open")
        number = self._find(path)
        self._overwriting.add(number)
        return number

    def write(self, descriptor: int, content: bytes) -> None:
        """Write all of the content: at the end of a new file, at the beginning of one that was opened."""
        if descriptor in self._overwriting:
            self._begin("overwrite")
            held = self._files[descriptor]
            held.content = content + held.content[len(content) :]
            return
        self._begin("write")
        self._files[descriptor].content += content

    def sync(self, descriptor: int) -> None:
        """Make the file's content durable."""
        self._begin("sync")
        self._files[descriptor].durable = self._files[descriptor].content

    def close(self, descriptor: int) -> None:
        """Let go of the descriptor."""
        self._overwriting.discard(descriptor)

    def link(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Give a file a second name."""
        self._begin("link")
        number = self._find(source)
        name = target.name
        if name in self._names:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        self._name(name, number)

    def rename(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Give a file another name; nothing happens where it has that name already."""
        self._begin("rename")
        number, old, new = self._find(source), source.name, target.name
        if self._names.get(new) == number:
            return
        self._names[new] = self._names.pop(old)
        # One entry, because a rename is atomic.
        self._pending.append((old, new, number))

    def unlink(self, path: pathlib.Path) -> None:
        """Take a name away."""
        self._begin("unlink")
        number, name = self._find(path), path.name
        del self._names[name]
        self._pending.append(("unlink", name, number))

    def sync_directory(self, directory: pathlib.Path) -> None:
        """Make the names durable."""
        self._begin("sync_directory")
        self._durable_names = dict(self._names)
        self._pending.clear()
        self._forget_nameless()

    def _forget_nameless(self) -> None:
        named = set(self._names.values())
        for number in [number for number in self._files if number not in named]:
            del self._files[number]

    def lose_power(self, random: randoms.Random) -> None:
        """Become one of the states that the power may leave, drawn at random."""
        names = dict(self._durable_names)
        for change in self._pending:
            if random.random() < 0.5:
                _apply(names, change)
        self._names, self._durable_names, self._pending = names, dict(names), []
        self._forget_nameless()
        for number, file in self._files.items():
            file.content = file.durable = random.choice(self._found(number))

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
        durable, content = self._files[number].durable, self._files[number].content
        if durable == content:
            return [content]
        half = len(content) // 2
        if durable is not None:  # overwritten in place: a mixture of both
            mixed = [durable, content, content[:half] + durable[half:], durable[:half] + content[half:]]
            return list(dict.fromkeys(mixed))
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
