"""The queries by their names, as SQLite has them; parameters are written ``:name``.

A file of ``queries`` holds those about one noun. Each begins with ``-- name: <name>`` and a comment that
describes it, and ends with ``;``. Those of a backup are made from ``tables``.
"""

import functools
import importlib.resources
import re
from collections.abc import Mapping
from importlib.resources import abc

from meterstatus.adapters.sql import tables

_SHARED = importlib.resources.files("meterstatus.adapters.sql") / "queries"
_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def load(folder: abc.Traversable) -> dict[str, str]:
    """Return the queries in a folder's files by name, each with its description.

    Raises:
        ValueError: two have the same name.
    """
    found: dict[str, str] = {}
    for file in scripts(folder):
        _, *named = _NAME.split(file)
        for name, text in zip(named[::2], named[1::2], strict=True):
            if name in found:
                raise ValueError(f"two queries are named {name}")
            found[name] = text.strip().removesuffix(";")
    return found


@functools.cache
def shared() -> Mapping[str, str]:
    """Return every query by name."""
    return load(_SHARED) | tables.queries()


@functools.cache
def parts(name: str) -> tuple[str, ...]:
    """Return the statements of a query: several with the same parameters, each ended by ``;``, or one."""
    return tuple(shared()[name].split(";\n"))


def scripts(folder: abc.Traversable) -> list[str]:
    """Return the SQL files of a folder, such as migrations, in the order of their names."""
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return [file.read_text(encoding="utf-8") for file in files if file.name.endswith(".sql")]
