"""Makes a controller's directory: its authority, certificate, database and the first user's login file.

All of it or nothing: it is built beside its place and renamed into it. Directory 0700, files 0600.
"""

import asyncio
import base64
import contextlib
import dataclasses
import datetime
import fcntl
import ipaddress
import os
import pathlib
import re
import secrets
import shutil
import tempfile
import uuid
from collections.abc import Callable, Generator
from typing import TypeVar

from meterstatus import errors
from meterstatus.adapters.files import certificates, database_file, login_file
from meterstatus.adapters.sql import sqlite
from meterstatus.domain import names
from meterstatus.domain.fleet import passwords, records
from meterstatus.runtime import clock, durable_file, made_directory

_T = TypeVar("_T")

DATABASE = "controller.db"
AUTHORITY_CERTIFICATE = "ca.pem"
AUTHORITY_KEY = "ca-key.pem"
SERVER_CERTIFICATE = "server.pem"
SERVER_KEY = "server-key.pem"
LOGIN = "login.yaml"

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_host_re = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_model_re = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_MAX_PORT = 65535


@dataclasses.dataclass(frozen=True, slots=True)
class InitOptions:
    """What a new controller is to be.

    Raises:
        ConfigError: a value cannot be; the text names all that cannot.
    """

    data_dir: pathlib.Path
    names: tuple[str, ...] = ()
    """The host names and IP addresses that agents reach it by; none: from this machine only."""

    port: int = 17070
    model_name: str = "default"
    admin: str = "admin"
    """The first user's name."""

    database: str = dataclasses.field(default="", repr=False)
    """The URL of an empty database of PostgreSQL; "" is a file of SQLite in the directory."""

    def __post_init__(self) -> None:
        faults = [f'"{host}" is no host name or IP address' for host in self.names if not _is_host(host)]
        if not 1 <= self.port <= _MAX_PORT:
            faults.append(f"{self.port} is no port")
        if not names.is_user(self.admin) or "@" in self.admin:
            faults.append(f'"{self.admin}" is no user name')
        if _model_re.fullmatch(self.model_name) is None:
            faults.append(f'"{self.model_name}" is no model name: lower-case letters, digits and hyphens')
        if faults:
            raise errors.ConfigError("; ".join(faults))


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return _host_re.fullmatch(text) is not None
    return True


def init(options: InitOptions) -> login_file.LoginFile:
    """Make a controller's directory, and return what its login file says.

    Raises:
        ConfigError: there is something already.
        ConflictError, StoreUnavailableError: the database has a controller already, or cannot be reached.
        OSError: a file could not be written; nothing is left behind.
    """
    return make(options.data_dir, lambda building: _build(building, options, clock.SystemClock().now()))


def make(place: pathlib.Path, build: Callable[[pathlib.Path], _T]) -> _T:
    """Make a directory whole or not at all, by what ``build`` puts into it; return what that returned.

    Raises:
        ConfigError: there is something already.
    """
    check_free(place)
    made_directory.make(place.parent, 0o755)
    building = pathlib.Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        made = build(building)
        # Fails where somebody has put something there meanwhile, and replaces an empty directory.
        building.rename(place)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    durable_file.sync_directory(place.parent)
    return made


def check_free(place: pathlib.Path) -> None:
    """Check that a controller can be made at a place.

    Raises:
        ConfigError: there is something already.
    """
    if place.is_symlink():
        raise errors.ConfigError(f"{place} is a symbolic link; name the directory that it leads to")
    if place.exists() and not place.is_dir():
        raise errors.ConfigError(f"{place} is there already and is no directory")
    if place.is_dir() and any(place.iterdir()):
        raise errors.ConfigError(f"{place} is there already and is not empty")


def _build(directory: pathlib.Path, options: InitOptions, now: datetime.datetime) -> login_file.LoginFile:
    identity = records.Identity(
        controller_uuid=str(uuid.uuid4()),
        model_uuid=str(uuid.uuid4()),
        model_name=options.model_name,
        hosts=options.names or ("localhost",),
        port=options.port,
        created=now,
    )
    authority = certificates.make_authority(identity.controller_uuid, now)
    server = certificates.make_server_certificate(authority, identity.hosts, now)
    # 160 bits of letters and digits: easy to copy, and accepted by every shell unquoted.
    password = base64.b32encode(secrets.token_bytes(20)).decode("ascii").lower()
    salt = passwords.from_random(secrets.token_bytes(passwords.SALT_BYTES))
    hashed = passwords.user_hash(password, salt)
    login = login_file.LoginFile(
        controller=identity.controller_uuid,
        model=identity.model_uuid,
        model_name=identity.model_name,
        ca_certificate=authority.certificate,
        addresses=tuple(_address(host, options.port) for host in identity.hosts),
        user=options.admin,
        password=password,
    )
    first = records.User(options.admin, salt, hashed, records.Access.ADMIN)
    for name, text in (
        (AUTHORITY_CERTIFICATE, authority.certificate),
        (AUTHORITY_KEY, authority.key),
        (SERVER_CERTIFICATE, server.chain),
        (SERVER_KEY, server.key),
    ):
        durable_file.write(directory / name, text.encode())
    if options.database:
        of = database_file.DatabaseFile(
            identity.controller_uuid, options.database, identity.hosts, identity.port
        )
        of.write(directory / database_file.NAME)
    else:
        sqlite.create(directory / DATABASE, identity, [first])
    # Last of the files: it syncs the directory, and with it the entry of the database.
    login.write(directory / LOGIN)
    if options.database:
        asyncio.run(_create(options.database, identity, first))
    return login


async def _create(url: str, identity: records.Identity, first: records.User) -> None:
    from meterstatus.adapters.sql import postgres  # only who has such a database has the library

    await postgres.create(postgres.parse(url), identity, [first])


@contextlib.contextmanager
def locked(data_dir: pathlib.Path) -> Generator[None]:
    """Hold the directory: two processes on one database would each serve what it last heard of.

    Raises:
        ConfigError: there is no controller, or another process holds it.
    """
    try:
        descriptor = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise errors.ConfigError(
            f"there is no controller in {data_dir} ({error.strerror});"
            " make one with 'meterstatus controller init'"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise errors.ConfigError(f"the controller in {data_dir} is running already") from error
    finally:
        os.close(descriptor)


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
