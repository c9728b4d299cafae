"""Reads and writes an agent's ``agent.conf``, format 2.0 (spec juju-api, 10).

Keeps what it does not know: keys of Juju's that mean nothing here survive a rewrite, so that a Juju agent
can have its file back. Never shows a password: errors name keys and lines, and quote no text of the file
but the tags. Blocks; the file is small, written when a unit is added and read when its agent starts.
"""

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any

import yaml

from meterstatus import errors
from meterstatus.domain import agent_config, names
from meterstatus.domain.text import lenient_yaml
from meterstatus.runtime import durable_file, made_directory, regular_file

FILE_NAME = "agent.conf"

_FORMAT = "# format "
_VERSION = "2.0"
_DIRECTORY_MODE = 0o755
_Dumper: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_Loader = yaml.SafeLoader  # as in lenient_yaml, and for the same reason

_KEYS = {
    "tag": "tag",
    "datadir": "data_dir",
    "transient-datadir": "transient_data_dir",
    "logdir": "log_dir",
    "metricsspooldir": "metrics_spool_dir",
    "nonce": "nonce",
    "upgradedToVersion": "upgraded_to_version",
    "cacert": "ca_certificate",
    "controller": "controller",
    "model": "model",
    "apiaddresses": "api_addresses",
    "apipassword": "api_password",
    "oldpassword": "old_password",
    "values": "values",
}
"""The keys known here, in the order they are written, and the field of ``AgentConfig`` each one fills."""

_REQUIRED = ("tag", "controller", "model", "upgradedToVersion")
_TAGS = {"tag": None, "controller": names.Kind.CONTROLLER, "model": names.Kind.MODEL}
_LOGFILE_DEFAULTS = {"agent-logfile-max-size": 100, "agent-logfile-max-backups": 2}
"""Juju always writes these two; they mean nothing here."""


def read(path: str | pathlib.Path) -> agent_config.AgentConfig:
    """Read a file; keys that are absent take the defaults of ``AgentConfig``.

    Raises:
        ConfigError: it cannot be used; the text names the file and every fault of it.
    """
    try:
        text = regular_file.read(pathlib.Path(path)).decode()
    except OSError as error:
        raise errors.ConfigError(f"agent configuration {path}: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise errors.ConfigError(f"agent configuration {path}: malformed: not UTF-8") from None
    fault = _format_fault(text)
    fields = _fields(text) if fault is None else fault
    if isinstance(fields, str):
        raise errors.ConfigError(f"agent configuration {path}: {fields}")
    values, faults = _values(fields)
    if faults:
        raise errors.ConfigError(f"agent configuration {path}: {'; '.join(faults)}")
    return agent_config.AgentConfig(**values)


def write(path: str | pathlib.Path, config: agent_config.AgentConfig) -> None:
    """Replace a file, mode 0600, atomically and durably; create the directories it needs, mode 0755.

    Of a former file only what the configuration changes is changed: its keys stay in their order, also those
    that are not known here, and texts stay as they are written; comments go. A former file that is no format
    2.0 is replaced whole.

    Raises:
        ConfigError: it could not be written; the former file is still there. The cause is chained.
    """
    target = pathlib.Path(path)
    try:
        made_directory.make(target.parent, _DIRECTORY_MODE)
        former = _former(target)
        durable_file.write(target, _content(config, former))
        durable_file.sweep(target)
    except OSError as error:
        raise errors.ConfigError(f"agent configuration {path}: {error.strerror or error}") from error


def _former(target: pathlib.Path) -> str:
    try:
        return regular_file.read(target).decode(errors="replace")
    except (FileNotFoundError, regular_file.UnfitFileError):
        return ""


def _format_fault(text: str) -> str | None:
    first, newline, _ = text.partition("\n")
    if not newline or not first.startswith(_FORMAT):
        return f'malformed: the first line is not "{_FORMAT}{_VERSION}"'
    if first != _FORMAT + _VERSION:
        return f'unknown format "{first.removeprefix(_FORMAT)}"'
    return None


def _fields(text: str) -> lenient_yaml.Fields | str:
    try:
        return lenient_yaml.load(text, FILE_NAME)
    except errors.StateCorruptError as error:
        return f"malformed: no YAML mapping{lenient_yaml.place_of(error.__cause__)}"


def _values(fields: lenient_yaml.Fields) -> tuple[dict[str, Any], list[str]]:
    """Return the fields that the file sets, by name, and everything wrong with it."""
    values: dict[str, Any] = {}
    faults: list[str] = []
    for key, name in _KEYS.items():
        try:
            value = _value(fields, key)
        except errors.StateCorruptError as error:
            faults.append(str(error))
            continue
        if value:
            values[name] = value
        elif key in _REQUIRED:
            faults.append(f"{key} is missing")
    return values, faults


def _value(fields: lenient_yaml.Fields, key: str) -> object:
    if key == "apiaddresses":
        return fields.texts(key)
    if key == "values":
        return fields.part(key, lenient_yaml.Fields.all_texts)
    text = fields.text(key)
    if "\0" in text:  # no path, and nothing else here, can hold one
        raise errors.StateCorruptError(f"{key} holds a NUL")
    if text and key in _TAGS:
        _check_tag(key, text)
    return text


def _check_tag(key: str, text: str) -> None:
    kind = _TAGS[key]
    try:
        tag = names.parse_tag(text)
    except names.TagError as error:
        raise errors.StateCorruptError(f'{key} "{text}" not valid') from error
    if kind is not None and tag.kind is not kind:
        raise errors.StateCorruptError(f'{key} "{text}" not valid')


def _content(config: agent_config.AgentConfig, former: str) -> bytes:
    try:
        return _text(config, former).encode()
    except UnicodeEncodeError:  # a former file that says half a surrogate pair, which no file can hold
        return _text(config, "").encode()


def _text(config: agent_config.AgentConfig, former: str) -> str:
    kept = _pairs(former)
    pairs = _merged(kept, _changed(config, former)) if kept else _fresh(config)
    node = yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)
    text: str = yaml.serialize(node, Dumper=_Dumper, allow_unicode=True)  # pyright: ignore[reportUnknownMemberType] # the stubs leave the node's type open
    return f"{_FORMAT}{_VERSION}\n{text}"


_Pair = tuple[yaml.Node, yaml.Node]


def _pairs(former: str) -> list[_Pair]:
    """Return the pairs of a former file as nodes, so that their text survives; none where it is no file."""
    if _format_fault(former) is not None:
        return []
    try:
        root = yaml.compose(former, Loader=_Loader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return []
    if not isinstance(root, yaml.MappingNode):
        return []
    return [(key, value) for key, value in root.value if isinstance(key, yaml.ScalarNode)]


def _fresh(config: agent_config.AgentConfig) -> list[_Pair]:
    """Return the pairs of a file that has no former: what is set, and what Juju always writes."""
    wanted = {key: _plain(config, name) for key, name in _KEYS.items()}
    document = {key: value for key, value in wanted.items() if value or key == "values"}
    return list(_nodes(document | _LOGFILE_DEFAULTS).values())


def _plain(config: agent_config.AgentConfig, name: str) -> object:
    value = getattr(config, name)
    if name == "api_addresses":
        return list(value)
    return dict(value) if name == "values" else value


def _nodes(document: Mapping[str, object]) -> dict[str, _Pair]:
    root = yaml.compose(lenient_yaml.dump(document), Loader=_Loader)
    return (
        {key.value: (key, value) for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}
    )


def _changed(config: agent_config.AgentConfig, former: str) -> dict[str, object]:
    """Return the keys whose value is another than the former file says, or its absence means."""
    fields = _fields(former)
    values = {} if isinstance(fields, str) else _values(fields)[0]
    defaults = {field.name: field for field in dataclasses.fields(agent_config.AgentConfig)}
    changed: dict[str, object] = {}
    for key, name in _KEYS.items():
        value, default = getattr(config, name), defaults[name].default
        if value != values.get(name, default if default is not dataclasses.MISSING else {}):
            changed[key] = _plain(config, name)
    return changed


def _merged(kept: list[_Pair], changed: dict[str, object]) -> list[_Pair]:
    """Put changed keys where they were and new ones after the known key before them; drop empty ones."""
    nodes = _nodes({key: value for key, value in changed.items() if value})
    pairs = {_name(pair): pair for pair in kept}
    order = list(pairs)
    for key, pair in nodes.items():
        if key not in pairs:
            order.insert(_place(order, key), key)
        pairs[key] = pair
    return [pairs[key] for key in order if key not in changed or key in nodes]


def _place(order: list[str], key: str) -> int:
    before = list(_KEYS)[: list(_KEYS).index(key)]
    return max((order.index(known) + 1 for known in before if known in order), default=0)


def _name(pair: _Pair) -> str:
    return str(pair[0].value)
