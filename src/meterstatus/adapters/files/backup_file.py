"""The file of a backup: lines of JSON, the last of which says what all the others must be.

The first is a header, then come the controller's files and the rows of its database, each an array that
begins with its kind. The last has the SHA-256 of all before it, so that a file that was cut or changed is
none. It is written beside its place, synced, and put there in one step, mode 0600, never over another file.
"""

import contextlib
import dataclasses
import hashlib
import os
import pathlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import msgspec

from meterstatus import errors
from meterstatus.runtime import durable_file, regular_file

VERSION = 1
_FILE, _TABLE, _ROW = "file", "table", "row"
_BEGIN, _END = "meterstatus-backup", "end"
_decoder: msgspec.json.Decoder[dict[str, Any] | list[Any]] = msgspec.json.Decoder(dict[str, Any] | list[Any])


@dataclasses.dataclass(frozen=True, slots=True)
class Header:
    """What a backup is of."""

    made: str
    """RFC 3339."""

    release: str
    controller: str
    """The UUID."""

    model: str
    """The UUID."""

    epoch: int
    revision: int


@dataclasses.dataclass(frozen=True, slots=True)
class File:
    """A file of the controller's directory."""

    name: str
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A row of its database."""

    table: str
    values: Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """What a whole backup holds."""

    header: Header
    rows: Mapping[str, int]
    """How many, by table."""

    size_bytes: int


class Writer:
    """Writes a backup; a context that leaves nothing behind unless ``finish`` was called.

    Raises:
        ConfigError: there is a file of that name, or no such directory.
    """

    def __init__(self, path: pathlib.Path) -> None:
        if path.exists() or path.is_symlink():
            raise errors.ConfigError(f"{path} is there already; a backup is written over nothing")
        self._path = path
        self._temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        self._digest = hashlib.sha256()
        self._columns: dict[str, Sequence[str]] = {}
        try:
            descriptor = os.open(self._temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise errors.ConfigError(f"{path} cannot be written: {error.strerror}") from error
        self._stream = os.fdopen(descriptor, "wb", buffering=1 << 20)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what is not finished."""
        self._stream.close()
        self._temporary.unlink(missing_ok=True)

    def _line(self, value: object) -> None:
        line = msgspec.json.encode(value) + b"\n"
        self._digest.update(line)
        self._stream.write(line)

    def header(self, header: Header) -> None:
        """Write the first line."""
        self._line({_BEGIN: VERSION, **dataclasses.asdict(header)})

    def file(self, file: File) -> None:
        """Write a file."""
        self._line([_FILE, file.name, file.text])

    def rows(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Write rows of a table, whose columns are the same each time."""
        if table not in self._columns:
            self._columns[table] = columns
            self._line([_TABLE, table, *columns])
        for row in rows:
            self._line([_ROW, table, *row])

    def finish(self) -> None:
        """Write the last line, and put the file in its place; when this returns, it is durable.

        Raises:
            ConfigError: somebody has put a file there meanwhile.
        """
        self._line({_END: self._digest.hexdigest()})
        self._stream.flush()
        os.fsync(self._stream.fileno())
        try:
            # Not a rename: that would take the place of a file.
            os.link(self._temporary, self._path)
        except FileExistsError as error:
            raise errors.ConfigError(
                f"{self._path} is there already; a backup is written over nothing"
            ) from error
        self._temporary.unlink()
        durable_file.sync_directory(self._path.parent)


def read(path: pathlib.Path) -> Iterator[Header | File | Row]:
    """Read a backup, its header first; what it says holds only if this ends without an error.

    Raises:
        ConfigError: it cannot be read, is no backup, is not whole, or is a later release's.
    """
    with contextlib.ExitStack() as stack:
        try:
            descriptor = regular_file.open_descriptor(path, is_named=True)
            stream = stack.enter_context(os.fdopen(descriptor, "rb"))
        except OSError as error:
            raise errors.ConfigError(f"{path} cannot be read: {error.strerror}") from error
        try:
            yield from _records(path, stream)
        except (msgspec.MsgspecError, LookupError, TypeError, ValueError, RecursionError) as error:
            raise errors.ConfigError(f"{path} is no whole backup: {error}") from error


def _records(path: pathlib.Path, stream: Iterator[bytes]) -> Iterator[Header | File | Row]:
    digest, columns = hashlib.sha256(), dict[str, Sequence[str]]()
    has_begun = False
    for line in stream:
        value: dict[str, Any] | list[Any] = _decoder.decode(line)
        if isinstance(value, dict) and _END in value:
            if value[_END] != digest.hexdigest() or next(iter(stream), b"") or not has_begun:
                raise errors.ConfigError(f"{path} is damaged: its checksum is another one")
            return
        digest.update(line)
        if isinstance(value, dict):
            has_begun = True
            yield _header(path, value)
            continue
        if not has_begun:
            raise errors.ConfigError(f"{path} is no backup of a controller")
        kind, name, *rest = value
        if kind == _TABLE:
            columns[name] = rest
        elif kind == _FILE:
            yield File(name, rest[0])
        else:
            yield Row(name, dict(zip(columns[name], rest, strict=True)))
    raise errors.ConfigError(f"{path} is no whole backup: its end is missing")


def _header(path: pathlib.Path, value: dict[str, Any]) -> Header:
    if _BEGIN not in value:
        raise errors.ConfigError(f"{path} is no backup of a controller")
    if value[_BEGIN] != VERSION:
        raise errors.ConfigError(
            f"{path} is a backup in version {value[_BEGIN]}, and this release knows {VERSION}"
        )
    return msgspec.convert({field.name: value[field.name] for field in dataclasses.fields(Header)}, Header)


def verify(path: pathlib.Path) -> Summary:
    """Read a backup to its end. Raises as ``read``."""
    header: Header | None = None
    counts: dict[str, int] = {}
    for record in read(path):
        if isinstance(record, Header):
            header = record
        elif isinstance(record, Row):
            counts[record.table] = counts.get(record.table, 0) + 1
    assert header is not None, "it came first"
    return Summary(header, counts, path.stat().st_size)
