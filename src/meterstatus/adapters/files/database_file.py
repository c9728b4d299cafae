"""``database.yaml``, beside a controller whose database is PostgreSQL; and the file that invites another one.

YAML, mode 0600: the URL may have a password in it, and an invitation has a private key.
"""

import dataclasses
import pathlib
from collections.abc import Callable
from typing import TypeVar

from meterstatus import errors
from meterstatus.domain.text import lenient_yaml
from meterstatus.runtime import durable_file, regular_file

NAME = "database.yaml"

_T = TypeVar("_T")


@dataclasses.dataclass(frozen=True, slots=True)
class DatabaseFile:
    """Where a controller's database is, and where this process of it is reached."""

    controller: str
    """The controller's UUID."""

    url: str = dataclasses.field(repr=False)
    hosts: tuple[str, ...]
    port: int

    def write(self, path: pathlib.Path) -> None:
        """Write the file, mode 0600, replacing one that is there as a whole. Raises OSError."""
        durable_file.write(path, lenient_yaml.dump(self.document()).encode())

    def document(self) -> dict[str, object]:
        """Return what the file says."""
        return {
            "controller": self.controller,
            "url": self.url,
            "hosts": list(self.hosts),
            "port": self.port,
        }


@dataclasses.dataclass(frozen=True, slots=True)
class JoinFile:
    """What another machine needs to serve the same controller."""

    database: DatabaseFile
    certificate: str
    """The chain that it shows, PEM: its own certificate, then the authority's."""

    key: str = dataclasses.field(repr=False)

    def write(self, path: pathlib.Path) -> None:
        """Write the file, mode 0600. Raises OSError."""
        document = {
            **self.database.document(),
            "certificate": self.certificate,
            "key": self.key,
        }
        durable_file.write(path, lenient_yaml.dump(document).encode())


def read(path: pathlib.Path) -> DatabaseFile:
    """Read a controller's ``database.yaml``.

    Raises:
        ConfigError: it cannot be read, or is none; the text says why.
    """
    return _read(path, lambda fields: _database(fields, path))


def read_invitation(path: pathlib.Path) -> JoinFile:
    """Read an invitation. Raises as ``read``."""
    found = _read(
        path,
        lambda fields: JoinFile(_database(fields, path), fields.text("certificate"), fields.text("key")),
    )
    if not (found.certificate and found.key):
        raise errors.ConfigError(f"{path} is no invitation: no certificate or key")
    return found


def _read(path: pathlib.Path, take: Callable[[lenient_yaml.Fields], _T]) -> _T:
    try:
        text = regular_file.read(path, is_named=True).decode()
        return take(lenient_yaml.load(text, path.name))
    except OSError as error:
        raise errors.ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, errors.StateCorruptError) as error:
        raise errors.ConfigError(f"{path} cannot be read: {error}") from error


def _database(fields: lenient_yaml.Fields, path: pathlib.Path) -> DatabaseFile:
    found = DatabaseFile(
        controller=fields.text("controller"),
        url=fields.text("url"),
        hosts=fields.texts("hosts"),
        port=fields.integer("port"),
    )
    if not (found.controller and found.url and found.hosts and found.port):
        raise errors.ConfigError(f"{path} lacks one of controller, url, hosts and port")
    return found
