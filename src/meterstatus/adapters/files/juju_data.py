"""The files in which Juju's client keeps whom it knows: ours is put among them (spec juju-api, 8.1).

What is there of other controllers stays, to the letter of each value; comments do not, as when Juju's client
writes. A file that changes is replaced as a whole, with what it held before beside it, and both are for their
owner alone: passwords are in there. Juju's client may write them too, and both do so under its lock.
"""

import dataclasses
import ipaddress
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from meterstatus import errors
from meterstatus.adapters.files import juju_store_lock
from meterstatus.domain.text import lenient_yaml
from meterstatus.runtime import durable_file, made_directory, regular_file

CONTROLLERS, ACCOUNTS, MODELS = "controllers.yaml", "accounts.yaml", "models.yaml"
COOKIES = "cookies"
"""The directory of a jar for each controller."""

FORMER = ".before-meterstatus"
"""After the name of a file: what it held before its last change by us."""

CLOUD = "meterstatus"
DEFAULT_NAME = "meterstatus"

_KEY = "controllers"
_CURRENT = "current-controller"
_NULL = "tag:yaml.org,2002:null"
_name_re = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.+-]*[A-Za-z0-9])?")


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """A user of a controller, and all that a client needs to work as him."""

    controller: str
    """The controller's UUID."""

    addresses: tuple[str, ...]
    """``host:port`` each."""

    ca_certificate: str
    user: str
    password: str = dataclasses.field(repr=False)
    access: str
    """On the controller: ``login`` or ``superuser``."""

    models: Mapping[str, str]
    """UUIDs by the owner's name and the model's, ``admin/default``."""

    model: str
    """Which of the models to work with."""


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """What became of the files."""

    name: str
    """What the controller is called there."""

    is_current: bool
    """Whether commands are for it that name none."""

    changed: Mapping[pathlib.Path, pathlib.Path | None]
    """The files that were written, each with where its former content is; None where it was not there."""


def is_name(text: str) -> bool:
    """Tell whether a controller can be called so."""
    return _name_re.fullmatch(text) is not None


def write(directory: pathlib.Path, account: Account, wanted: str | None = None) -> Written:
    """Put a controller and its account among what Juju's client knows.

    It becomes the current controller where there is none yet. The list of controllers is written last, so
    that what a failure leaves behind is nothing that a client would look at, and the next try completes it.

    Args:
        directory: the client's; made where it is not there.
        account: who.
        wanted: what to call the controller; None is what it is called there already, or ``DEFAULT_NAME``.

    Raises:
        ConfigError: a file there is none of Juju's, or the name is another controller's, or this one has
            another name, or a juju command holds the lock; nothing was written.
        OSError: a file could not be read or written.
    """
    with juju_store_lock.held(directory / CONTROLLERS):
        return _write(directory, account, wanted)


def _write(directory: pathlib.Path, account: Account, wanted: str | None) -> Written:
    documents = {name: _read(directory / name) for name in (ACCOUNTS, MODELS, CONTROLLERS)}
    before = {name: _text(document) for name, document in documents.items()}
    name = _choose(documents[CONTROLLERS], account, wanted, directory / CONTROLLERS)
    _put_account(documents[ACCOUNTS], name, account)
    _put_models(documents[MODELS], name, account)
    _put_controller(documents[CONTROLLERS], name, account)
    made_directory.make(directory, 0o700)
    changed: dict[pathlib.Path, pathlib.Path | None] = {}
    for file, document in documents.items():
        if _text(document) != before[file]:
            changed[directory / file] = _replace(directory / file, _text(document))
    _make_jar(directory / COOKIES / f"{name}.json")
    return Written(name, _scalar(documents[CONTROLLERS], _CURRENT) == name, changed)


def _make_jar(path: pathlib.Path) -> None:
    """Make an empty jar of cookies: python-libjuju does not connect without one, whatever it logs in with."""
    if not path.exists():
        made_directory.make(path.parent, 0o700)
        durable_file.write(path, b"[]\n")


def _replace(path: pathlib.Path, text: str) -> pathlib.Path | None:
    # What a link leads to is replaced, and not the link.
    real = path.resolve()
    former = real.with_name(real.name + FORMER) if real.exists() else None
    durable_file.write(real, text.encode(), former=former)
    if former is not None:
        former.chmod(durable_file.MODE)
    return former


def client_addresses(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return addresses as Juju's client keeps them: one of this machine itself by name, or it is dropped."""
    return tuple(dict.fromkeys(_named(address) for address in addresses))


def _named(address: str) -> str:
    host, _, port = address.rpartition(":")
    try:
        is_loopback = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return address
    return f"localhost:{port}" if is_loopback else address


# The documents, as nodes: values that are not ours are written as they were read, whatever they mean.


def _read(path: pathlib.Path) -> yaml.MappingNode:
    try:
        text = regular_file.read(path, is_named=True).decode()
    except FileNotFoundError:
        return _mapping()
    except OSError as error:
        raise errors.ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise errors.ConfigError(f"{path} is no file of Juju's client: it is no text") from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        place = lenient_yaml.place_of(error)
        raise errors.ConfigError(f"{path} is no file of Juju's client: it is no YAML{place}") from error
    if node is None:
        return _mapping()
    if not isinstance(node, yaml.MappingNode) or not isinstance(_find(node, _KEY), yaml.MappingNode | None):
        raise errors.ConfigError(f'{path} is no file of Juju\'s client: it has no mapping "{_KEY}"')
    return node


def _text(node: yaml.MappingNode) -> str:
    text: str = yaml.serialize(  # pyright: ignore[reportUnknownMemberType] - its types have gaps
        node, Dumper=yaml.SafeDumper, allow_unicode=True
    )
    return text


def _mapping() -> yaml.MappingNode:
    return yaml.MappingNode("tag:yaml.org,2002:map", [])


def _items(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, value


def _find(node: yaml.Node | None, *path: str) -> yaml.Node | None:
    for step in path:
        node = dict(_items(node)).get(step)
    return None if node is not None and node.tag == _NULL else node


def _scalar(node: yaml.Node | None, *path: str) -> str:
    found = _find(node, *path)
    return found.value if isinstance(found, yaml.ScalarNode) else ""


def _put(node: yaml.MappingNode, path: Sequence[str], value: Any) -> None:
    """Set a value, and make the mappings on the way to it."""
    *way, last = path
    for step in way:
        inner = _find(node, step)
        if not isinstance(inner, yaml.MappingNode):
            inner = _mapping()
            _set(node, step, inner)
        node = inner
    _set(node, last, _node(value))


def _set(node: yaml.MappingNode, key: str, value: yaml.Node) -> None:
    for index, (found, _) in enumerate(node.value):
        if isinstance(found, yaml.ScalarNode) and found.value == key:
            node.value[index] = (found, value)
            return
    node.value.append((_node(key), value))


def _node(value: Any) -> yaml.Node:
    node = yaml.compose(yaml.dump(value, Dumper=yaml.SafeDumper, sort_keys=False), Loader=yaml.SafeLoader)
    assert node is not None
    if isinstance(value, str) and "\n" in value:
        assert isinstance(node, yaml.ScalarNode)
        node.style = "|"
    return node


# What is ours in them.


def _choose(document: yaml.MappingNode, account: Account, wanted: str | None, path: pathlib.Path) -> str:
    known = {name: _scalar(entry, "uuid") for name, entry in _items(_find(document, _KEY))}
    mine = next((name for name, uuid in known.items() if uuid == account.controller), None)
    name = wanted or mine or DEFAULT_NAME
    if mine not in (None, name):
        raise errors.ConfigError(f'{path} has this controller already, as "{mine}"; leave out --name')
    if mine is None and name in known:
        raise errors.ConfigError(
            f'{path} has another controller called "{name}"; choose a name for this one with --name'
        )
    return name


def _put_controller(document: yaml.MappingNode, name: str, account: Account) -> None:
    here = (_KEY, name)
    _put(document, (*here, "uuid"), account.controller)
    _put(document, (*here, "api-endpoints"), list(client_addresses(account.addresses)))
    _put(document, (*here, "ca-cert"), account.ca_certificate)
    _put(document, (*here, "cloud"), CLOUD)
    for count in ("controller-machine-count", "active-controller-machine-count"):
        _put(document, (*here, count), 0)
    if not _scalar(document, _CURRENT):
        _put(document, (_CURRENT,), name)


def _put_account(document: yaml.MappingNode, name: str, account: Account) -> None:
    fields = {
        "type": "userpass",
        "user": account.user,
        "password": account.password,
        "last-known-access": account.access,
    }
    _put(document, (_KEY, name), fields)


def _put_models(document: yaml.MappingNode, name: str, account: Account) -> None:
    models = {
        model: {"uuid": uuid, "type": "iaas", "branch": "master"} for model, uuid in account.models.items()
    }
    _put(document, (_KEY, name, "models"), models)
    if _scalar(document, _KEY, name, "current-model") not in models:
        _put(document, (_KEY, name, "current-model"), account.model)
