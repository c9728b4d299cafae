"""The file that says how an operator reaches a controller and logs in; it holds a password.

YAML, mode 0600. ``controller init`` writes the first one; the commands read it.
"""

import dataclasses
import os
import pathlib
import stat
from collections.abc import Sequence

from meterstatus import errors
from meterstatus.domain import addresses as api_addresses
from meterstatus.domain import names
from meterstatus.domain.text import lenient_yaml
from meterstatus.runtime import durable_file, regular_file

_OTHERS = stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP
"""A group may be given the file to read, by who means it; nobody means it for everybody."""

_SUBJECT = "the login file"

MOST_ADDRESSES = 12
"""Four controllers, each with three addresses; more only where a login tells more."""


@dataclasses.dataclass(frozen=True, slots=True)
class LoginFile:
    """What an operator's command needs to know."""

    controller: str
    """The controller's UUID."""

    model: str
    """The model's UUID."""

    model_name: str
    ca_certificate: str
    """The one authority to trust, PEM."""

    addresses: tuple[str, ...]
    """``host:port`` each, an IPv6 host in brackets; at least one."""

    user: str
    """The user's name."""

    password: str = dataclasses.field(repr=False)

    def followed(self, machines: Sequence[Sequence[api_addresses.HostPort]], in_use: str) -> "LoginFile":
        """Return the file with the addresses that a login told, beside those that it has.

        What is there stays, for who wrote it there may know a way that no controller knows of, but for the
        last of it where that were too much. The very same file where nothing is new.
        """
        told = api_addresses.to_dial(machines, in_use)
        if set(told) <= set(self.addresses):
            return self
        kept = self.addresses[: max(0, MOST_ADDRESSES - len(told))]
        return dataclasses.replace(self, addresses=tuple(dict.fromkeys((in_use, *kept, *told))))

    def write(self, path: pathlib.Path) -> None:
        """Write the file, mode 0600, replacing one that is there as a whole.

        Raises:
            OSError: it could not be written; a former file is as it was.
        """
        document = {
            "controller": self.controller,
            "model": self.model,
            "model-name": self.model_name,
            "addresses": list(self.addresses),
            "user": self.user,
            "password": self.password,
            "ca-certificate": self.ca_certificate,
        }
        durable_file.write(path, lenient_yaml.dump(document).encode())


def is_ours(path: pathlib.Path) -> bool:
    """Tell whether writing the file anew leaves it as it was made: this user's, and no other's to read."""
    found = path.lstat()
    return (
        stat.S_ISREG(found.st_mode)
        and stat.S_IMODE(found.st_mode) == durable_file.MODE
        and found.st_uid == os.geteuid()
    )


def read(path: pathlib.Path) -> LoginFile:
    """Read a login file.

    Raises:
        NotFoundError: there is none.
        ConfigError: it cannot be read, or is no login file; the text says why.
    """
    try:
        text = regular_file.read(path, is_named=True).decode()
    except FileNotFoundError:
        raise errors.NotFoundError(f"login file {path}") from None
    except OSError as error:
        raise errors.ConfigError(f"login file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise errors.ConfigError(f"login file {path} cannot be used: it is no text") from error
    try:
        found = _read(lenient_yaml.load(text, _SUBJECT))
    except errors.StateCorruptError as error:
        raise errors.ConfigError(f"login file {path} cannot be used: {error}") from error
    faults = _faults(found)
    if faults:
        raise errors.ConfigError(f"login file {path} cannot be used: {'; '.join(faults)}")
    return found


def exposure(path: pathlib.Path) -> str:
    """Say who else can read or change a login file, which holds a password; "" where nobody is known to."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return ""
    if not mode & _OTHERS:
        return ""
    who = "read" if mode & stat.S_IROTH else "changed"
    return (
        f"login file {path} can be {who} by others (mode {mode:04o}), and holds a password; chmod 600 {path}"
    )


def _read(fields: lenient_yaml.Fields) -> LoginFile:
    return LoginFile(
        controller=fields.text("controller"),
        model=fields.text("model"),
        model_name=fields.text("model-name"),
        ca_certificate=fields.text("ca-certificate"),
        addresses=fields.texts("addresses"),
        user=fields.text("user"),
        password=fields.text("password"),
    )


def _faults(found: LoginFile) -> list[str]:
    checks = {
        "controller is no UUID": names.is_uuid(found.controller),
        "model is no UUID": names.is_uuid(found.model),
        "ca-certificate is no PEM certificate": "-----BEGIN CERTIFICATE-----" in found.ca_certificate,
        "addresses are missing": bool(found.addresses) and all(found.addresses),
        "user is no user name": names.is_user(found.user),
        "password is missing": bool(found.password),
    }
    return [fault for fault, good in checks.items() if not good]
