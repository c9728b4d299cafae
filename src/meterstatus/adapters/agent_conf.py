"""Reads and writes an agent's ``agent.conf``, format 2.0 (spec juju-api, 10).

Keeps what it does not know: keys of Juju's that mean nothing here survive a rewrite, so that a Juju agent
can have its file back. Never shows a password: errors name keys and lines, and quote no text of the file
but the tags. Blocks; the file is small, written when a unit is added and read when its agent starts.
"""

import pathlib
from typing import Any

import yaml

from meterstatus import durable_file, errors
from meterstatus.domain import agent_config, lenient_yaml, names

FILE_NAME = "agent.conf"

_FORMAT = "# format "
_VERSION = "2.0"
_DIRECTORY_MODE = 0o755
_Dumper: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

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
        text = pathlib.Path(path).read_bytes().decode()
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

    Keys of the former file that are not known here come after those that are. A former file that is no
    format 2.0 is replaced whole.

    Raises:
        ConfigError: it could not be written; the former file is still there. The cause is chained.
    """
    target = pathlib.Path(path)
    try:
        # Not mkdir(parents=True): that gives parents whatever mode the umask leaves.
        for directory in reversed((target.parent, *target.parent.parents)):
            directory.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)
        former = target.read_text(errors="replace") if target.exists() else ""
        durable_file.write(target, _text(config, former).encode())
        durable_file.sweep(target)
    except OSError as error:
        raise errors.ConfigError(f"agent configuration {path}: {error.strerror or error}") from error


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
        # The library's own text can quote the offending line, which may be the password's.
        mark = getattr(error.__cause__, "problem_mark", None)
        return "malformed: no YAML mapping" + ("" if mark is None else f", see line {mark.line + 1}")


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


def _text(config: agent_config.AgentConfig, former: str) -> str:
    document: dict[str, object] = {}
    for key, name in _KEYS.items():
        value = getattr(config, name)
        if key == "values":
            document[key] = dict(value)
        elif value:
            document[key] = list(value) if key == "apiaddresses" else value
    foreign = _foreign(former)
    kept = {node.value for node, _ in foreign}
    document |= {key: number for key, number in _LOGFILE_DEFAULTS.items() if key not in kept}
    return f"{_FORMAT}{_VERSION}\n{lenient_yaml.dump(document)}{_serialize(foreign)}"


_Pair = tuple[yaml.Node, yaml.Node]


def _foreign(former: str) -> list[_Pair]:
    """Return the pairs of a former file that mean nothing here: as nodes, so that their text survives."""
    if _format_fault(former) is not None:
        return []
    try:
        root = yaml.compose(former, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return []
    if not isinstance(root, yaml.MappingNode):
        return []
    return [
        (key, value)
        for key, value in root.value
        if isinstance(key, yaml.ScalarNode) and key.value not in _KEYS
    ]


def _serialize(pairs: list[_Pair]) -> str:
    if not pairs:
        return ""
    node = yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)
    text: str = yaml.serialize(node, Dumper=_Dumper, allow_unicode=True)  # pyright: ignore[reportUnknownMemberType] # the stubs leave the node's type open
    return text
