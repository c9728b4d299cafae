"""Writes a small mapping as block YAML, fast, with every text in double quotes.

Pure. For a unit's state alone, which a hook waits for and an agent without its controller writes each second:
PyYAML takes 3.6 times as long (``python bench/state.py``). What people read in the first place is
written by ``lenient_yaml.dump``, and everything is read by ``lenient_yaml``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

_unsafe_re = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What JSON leaves as it is, and YAML takes for the end of a line or for no character at all."""


def dump(document: Mapping[str, Any]) -> str:
    """Write a mapping, keys in their order.

    Args:
        document: texts, booleans, numbers and mappings of them; its keys are words that need no quotes.
    """
    return "".join(f"{line}\n" for line in _lines(document, ""))


def _lines(document: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in document.items():
        if isinstance(value, dict):
            inner = list(_lines(cast("dict[str, Any]", value), f"{indent}  "))
            yield f"{indent}{key}:" if inner else f"{indent}{key}: {{}}"
            yield from inner
        else:
            yield f"{indent}{key}: {_scalar(value)}"


def _scalar(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}"  # microseconds; repr would write 1e-06, which is a text in YAML
    if isinstance(value, int):
        return str(value)
    return _unsafe_re.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
