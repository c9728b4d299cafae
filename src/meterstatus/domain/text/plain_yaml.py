"""Writes a small mapping as block YAML, fast, with every text in double quotes, and reads what it wrote.

Pure. For a unit's state alone, which a hook waits for and an agent without its controller writes each second:
PyYAML takes 3.6 times as long (``python bench/state.py``). What people read in the first place is
written by ``lenient_yaml.dump``, and everything is read by ``lenient_yaml``, which asks here first.
"""

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any, cast

_quoted = json.encoder.encode_basestring
_unsafe_re = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What JSON leaves as it is, and YAML takes for the end of a line or for no character at all."""


_SCALAR = (
    r'("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-f]{4})*")|(true|false)|(-?(?:0|[1-9][0-9]*))(\.[0-9]{6})?'
)
_line_re = re.compile(rf"( *)([a-z][a-z0-9-]{{0,60}}):(?: (?:{_SCALAR}|(\{{\}})))?\n")
_unquoted = json.JSONDecoder().decode


@dataclasses.dataclass(frozen=True, slots=True)
class Scalar:
    """A value as it was read."""

    kind: str
    """What it is to YAML: ``str``, ``bool``, ``int`` or ``float``."""

    text: str
    """A text without its quotes; anything else literally."""


Mapped = dict[str, "Scalar | Mapped"]
"""What a mapping holds, by key."""


def parse(text: str) -> Mapped | None:
    """Read what ``dump`` writes; None for any other text, YAML or not.

    YAML says the same of every text that is read here.
    """
    # A surrogate is one character in JSON together with the next, and in YAML alone.
    if _unsafe_re.search(text) is not None or "\\ud" in text:
        return None
    root: Mapped = {}
    inside, end, must_nest = [root], 0, False
    while end < len(text):
        line = _line_re.match(text, end)
        if line is None:
            return None
        indent, key, quoted, boolean, integer, fraction, empty = line.groups()
        depth, odd = divmod(len(indent), 2)
        if odd or (depth != len(inside) - 1 if must_nest else depth >= len(inside)):
            return None
        del inside[depth + 1 :]
        end, must_nest = line.end(), False
        if quoted is not None:
            inside[depth][key] = Scalar("str", _unquoted(quoted))
        elif boolean is not None:
            inside[depth][key] = Scalar("bool", boolean)
        elif integer is not None:
            inside[depth][key] = Scalar("float" if fraction else "int", integer + (fraction or ""))
        else:
            inner: Mapped = {}
            inside[depth][key] = inner
            if empty is None:
                inside.append(inner)
                must_nest = True
    return None if must_nest else root


def dump(document: Mapping[str, Any]) -> str:
    """Write a mapping, keys in their order.

    Args:
        document: texts, booleans, numbers and mappings of them; its keys are words that need no quotes.
    """
    lines: list[str] = []
    _add(lines, document, "")
    return "".join(lines)


def _add(lines: list[str], document: Mapping[str, Any], indent: str) -> None:
    # Here and not in a function for each scalar: an agent writes each minute for each unit.
    for key, value in document.items():
        if isinstance(value, str):
            text = _quoted(value)
            if not text.isascii() or "\x7f" in text:
                text = _unsafe_re.sub(_escaped, text)
        elif isinstance(value, float):
            text = f"{value:.6f}"  # microseconds; repr would write 1e-06, which is a text in YAML
        elif isinstance(value, dict):
            if value:
                lines.append(f"{indent}{key}:\n")
                _add(lines, cast("dict[str, Any]", value), f"{indent}  ")
                continue
            text = "{}"
        elif isinstance(value, bool):
            text = "true" if value else "false"
        else:
            text = str(value)
        lines.append(f"{indent}{key}: {text}\n")


def _escaped(found: re.Match[str]) -> str:
    # Half of a surrogate pair is no character that a reader of YAML takes, escaped or not.
    is_surrogate = "\ud800" <= found[0] <= "\udfff"
    return "\ufffd" if is_surrogate else f"\\u{ord(found[0]):04x}"
