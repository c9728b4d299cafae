"""A YAML loader that takes what the library behind Juju's files takes, and refuses what it refuses. Pure.

PyYAML's differs in tabs between tokens, which it takes nowhere; in numbers, of which it knows ``1:30`` and
not ``0o10``; and in halves of a surrogate pair, which it reads as characters.
"""

import re
from typing import Any

import yaml
from yaml.scanner import ScannerError

_INT = "tag:yaml.org,2002:int"
_FLOAT = "tag:yaml.org,2002:float"
_BREAKS = "\r\n\x85\u2028\u2029"
_indicators_re = re.compile("[+-][1-9]?|[1-9][+-]?")
_surrogate_re = re.compile("[\ud800-\udfff]")

INTEGER = re.compile(r"[-+]?(?:0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[1-9][0-9_]*|0)")
DECIMAL = re.compile(r"[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?")
_NUMBERS = (_INT, _FLOAT)
_Base: Any = yaml.SafeLoader
"""Its types have gaps."""


# Not the C loader, faster as it is: it recurses on the C stack, and a text of nested brackets, which a
# controller could send, ends the process. This one raises RecursionError.
class Loader(_Base):
    """Composes nodes; what follows the first document is not looked at."""

    # Letters keep PyYAML's own: for null, booleans, times, and what is merged.
    yaml_implicit_resolvers = {  # noqa: RUF012 - as PyYAML has it
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NUMBERS]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        """Compose a scalar; a half of a surrogate pair, which only an escape can write, is no character."""
        node: Any = _Base.compose_scalar_node(self, anchor)
        if _surrogate_re.search(node.value) is not None:
            raise ScannerError(None, None, "found half of a surrogate pair", node.start_mark)
        return node

    def scan_to_next_token(self) -> None:
        """Skip what stands between tokens; tabs too, but where they would indent a block."""
        if self.index == 0 and self.peek() == "\ufeff":
            self.forward()
        while True:
            while self.peek() == " " or (
                self.peek() == "\t" and (self.flow_level or not self.allow_simple_key)
            ):
                self.forward()
            self._skip_comment()
            if not self.scan_line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_block_scalar_indicators(self, start_mark: Any) -> tuple[bool | None, int | None]:
        """Take what stands behind ``|`` or ``>``: whether the last breaks are kept, and the indentation."""
        del start_mark
        found = _indicators_re.match(self.prefix(2))
        written = found.group() if found else ""
        self.forward(len(written))
        sign, increment = written.strip("123456789"), written.strip("+-")
        return sign == "+" if sign else None, int(increment) if increment else None

    def scan_block_scalar_ignored_line(self, start_mark: Any) -> None:
        """Skip the rest of a block scalar's first line, tabs and a comment."""
        while self.peek() in " \t":
            self.forward()
        self._skip_comment()
        if self.peek() not in "\0" + _BREAKS:
            raise ScannerError(
                "while scanning a block scalar",
                start_mark,
                "expected a comment or a line break",
                self.get_mark(),
            )
        self.scan_line_break()

    def scan_block_scalar_indentation(self) -> tuple[list[str], int, Any]:
        """Find how far a block scalar is indented; a tab there leaves that open."""
        found: tuple[list[str], int, Any] = _Base.scan_block_scalar_indentation(self)
        if self.peek() == "\t":
            raise ScannerError(None, None, "found a tab in an indentation", self.get_mark())
        return found

    def _skip_comment(self) -> None:
        if self.peek() == "#":
            while self.peek() not in "\0" + _BREAKS:
                self.forward()

    def scan_plain_spaces(self, indent: int, start_mark: Any) -> list[str] | None:
        """Take the blanks within a plain scalar, line breaks folded; None at a document's end."""
        length = 0
        while self.peek(length) in " \t":
            length += 1
        blanks = self.prefix(length)
        self.forward(length)
        if self.peek() not in _BREAKS:
            return [blanks] if blanks else []
        first = self.scan_line_break()
        self.allow_simple_key = True
        breaks: list[str] = []
        while not self._is_at_document_end():
            if self.peek() == " " or (self.peek() == "\t" and self.column >= indent):
                self.forward()
            elif self.peek() in _BREAKS:
                breaks.append(self.scan_line_break())
            else:
                folded = [] if breaks else [" "]
                return [*([first] if first != "\n" else folded), *breaks]
        return None

    def _is_at_document_end(self) -> bool:
        return self.column == 0 and self.prefix(3) in ("---", "...") and self.peek(3) in "\0 \t" + _BREAKS


_INTEGER_TO_THE_END = re.compile(f"{INTEGER.pattern}$")
_DECIMAL_TO_THE_END = re.compile(f"{DECIMAL.pattern}$")

for _first in "-+.0123456789":
    _resolvers = Loader.yaml_implicit_resolvers.setdefault(_first, [])
    _resolvers += [(_INT, _INTEGER_TO_THE_END), (_FLOAT, _DECIMAL_TO_THE_END)]


def compose(text: str) -> yaml.Node | None:
    """Return the root of a text's first document; None where there is none.

    Raises:
        YAMLError, ValueError, RecursionError: it is no YAML, or has a character or depth that has no room.
    """
    loader = Loader(text)
    try:
        return loader.get_node() if loader.check_node() else None
    finally:
        loader.dispose()


def number(node: yaml.ScalarNode) -> int | float:
    """Return the number that a scalar is.

    Raises:
        ValueError: it is none.
    """
    text = str(node.value).replace("_", "")
    if node.tag == _FLOAT:
        return float(text)
    if node.tag != _INT:
        raise ValueError(node.value)
    digits = text.lstrip("+-").lower()
    if digits.startswith(("0x", "0b")):
        return int(text, 16 if digits[1] == "x" else 2)
    return int(text, 8 if digits.startswith("0") else 10)
