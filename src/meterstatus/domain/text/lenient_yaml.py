"""YAML read leniently, as Juju's files are (spec worker, A.8), and written plainly.

Reads YAML *nodes*, not values: Juju takes the literal text of a number or boolean where text is expected,
and loading to Python values would already have turned ``1.50`` into ``1.5`` and ``yes`` into ``True``.
Every fault is a ``StateCorruptError`` that names the key.
"""

import binascii
import datetime
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import yaml

from meterstatus import errors
from meterstatus.domain.text import hidden, plain_yaml, yaml_loader

_Dumper: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_STR = "tag:yaml.org,2002:str"
_MAP = "tag:yaml.org,2002:map"
_NULL = "tag:yaml.org,2002:null"
_BINARY = "tag:yaml.org,2002:binary"
_T = TypeVar("_T")


def dump(document: Mapping[str, Any]) -> str:
    """Write a mapping of plain values as block YAML, keys in their order."""
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text


class _EscapingDumper(_Dumper):
    """Quotes what has hidden characters, so that they can be escaped."""


def _quoted(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar(_STR, text, style='"' if hidden.is_in(text) else None)


_EscapingDumper.add_representer(str, _quoted)


def dump_escaped(document: Mapping[str, Any]) -> str:
    """Write as ``dump``, with what a person would not see escaped; it reads the same."""
    text: str = yaml.dump(document, Dumper=_EscapingDumper, sort_keys=False, allow_unicode=True)
    return hidden.yaml_escaped(text)


def load(text: str, what: str) -> "Fields":
    """Read a text's first document, which is a mapping, null or empty; others are not looked at.

    Args:
        text: the document.
        what: what it is, as an error names it.

    Raises:
        StateCorruptError: it is no YAML, or no mapping.
    """
    written_here = plain_yaml.parse(text)
    if written_here:
        return Fields(what, _node(written_here))
    try:
        root = yaml_loader.compose(text)
    # The others: a character, a number or a depth that YAML has no room for.
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise errors.StateCorruptError(f"{what} is no YAML{place_of(error)}") from error
    return Fields(what, root)


def place_of(error: BaseException | None) -> str:
    """Say where a fault of PyYAML's is, and no more: its own text quotes the line, a password's too."""
    mark = getattr(error, "problem_mark", None)
    return "" if mark is None else f", see line {mark.line + 1}"


def _node(read: plain_yaml.Scalar | plain_yaml.Mapped) -> yaml.Node:
    """Return what PyYAML makes of it, which takes forty times as long."""
    if isinstance(read, plain_yaml.Scalar):
        return yaml.ScalarNode(f"tag:yaml.org,2002:{read.kind}", read.text)
    pairs = [(yaml.ScalarNode(_STR, key), _node(value)) for key, value in read.items()]
    return yaml.MappingNode(_MAP, pairs)


class Fields:
    """The keys of one mapping node, each read as the type that its field has."""

    def __init__(self, where: str, node: yaml.Node | None) -> None:
        self._nodes: dict[str, yaml.Node] = {}
        if node is None or node.tag == _NULL:
            return
        if not isinstance(node, yaml.MappingNode):
            raise errors.StateCorruptError(f"{where} is not a mapping")
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise errors.StateCorruptError(f"a key of {where} is not a scalar")
            self._nodes[key.value] = value

    def _scalar(self, key: str) -> yaml.ScalarNode | None:
        return self._as_scalar(key, self._nodes.get(key))

    @staticmethod
    def _as_scalar(key: str, node: yaml.Node | None) -> yaml.ScalarNode | None:
        if node is None or node.tag == _NULL:
            return None
        if not isinstance(node, yaml.ScalarNode):
            raise errors.StateCorruptError(f"{key} is not a scalar")
        return node

    def text(self, key: str) -> str:
        """Return the literal text of a scalar; "" where the key is absent or null."""
        return self._as_text(key, self._nodes.get(key))

    @classmethod
    def _as_text(cls, key: str, node: yaml.Node | None) -> str:
        scalar = cls._as_scalar(key, node)
        if scalar is None:
            return ""
        if scalar.tag != _BINARY:
            return str(scalar.value)
        try:
            return binascii.a2b_base64("".join(scalar.value.split("\n")), strict_mode=True).decode()
        except ValueError as error:
            raise errors.StateCorruptError(f"{key} is no text in base64") from error

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the literal texts of a list of scalars; empty where the key is absent or null."""
        node = self._nodes.get(key)
        if node is None or node.tag == _NULL:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            raise errors.StateCorruptError(f"{key} is not a list")
        return tuple(self._as_text(f"an item of {key}", item) for item in node.value)

    def all_texts(self) -> dict[str, str]:
        """Return every key with the literal text of its scalar."""
        return {key: self.text(key) for key in self._nodes}

    def integer(self, key: str) -> int:
        """Return a number of 64 bits without its fraction; 0 where the key is absent or null."""
        number = int(self._number(key))
        if not -(2**63) <= number < 2**63:
            raise errors.StateCorruptError(f"{key} is too large")
        return number

    def seconds(self, key: str) -> datetime.timedelta:
        """Return a number of seconds as a span; zero where the key is absent or null."""
        try:
            return datetime.timedelta(seconds=float(self._number(key)))
        except OverflowError as error:
            raise errors.StateCorruptError(f"{key} is too large") from error

    def _number(self, key: str) -> int | float:
        node = self._scalar(key)
        if node is None:
            return 0
        try:
            number = yaml_loader.number(node)
            int(number)  # an infinity is a float and no number of anything
        except (ValueError, OverflowError) as error:
            raise errors.StateCorruptError(f"{key} is not a number") from error
        return number

    def instant(self, key: str) -> datetime.datetime | None:
        """Return an RFC 3339 instant in UTC; None where the key is absent, null or empty."""
        node = self._scalar(key)
        if node is None or not node.value:
            return None
        try:
            instant = datetime.datetime.fromisoformat(node.value)
        except ValueError as error:
            raise errors.StateCorruptError(f"{key} is no instant") from error
        if instant.tzinfo is None:
            raise errors.StateCorruptError(f"{key} has no time zone")
        return instant.astimezone(datetime.UTC)

    def each(self, read: Callable[["Fields"], _T]) -> tuple[_T, ...]:
        """Read the mapping under each key, in their order."""
        return tuple(read(Fields(key, node)) for key, node in self._nodes.items())

    def part(self, key: str, read: Callable[["Fields"], _T]) -> _T | None:
        """Read a mapping under a key; None where the key is absent or null."""
        node = self._nodes.get(key)
        if node is None or node.tag == _NULL:
            return None
        return read(Fields(key, node))
