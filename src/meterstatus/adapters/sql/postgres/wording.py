"""Statements as PostgreSQL takes them: ``:name`` becomes ``$n``, the same for each use of a name."""

import functools
import importlib.resources
import re
from collections.abc import Mapping
from typing import NamedTuple

from meterstatus.adapters.sql import statements, tables

_OWN = importlib.resources.files("meterstatus.adapters.sql.postgres") / "queries"

# What is no parameter comes first: comments, literals, quoted names, casts.
_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|::|:(?P<name>[a-z_][a-z0-9_]*)", re.DOTALL
)


class Worded(NamedTuple):
    """A statement with numbered parameters."""

    text: str
    names: tuple[str, ...]
    """Of the parameters, in the order of their numbers."""


def worded(text: str) -> Worded:
    """Number the parameters of a statement."""
    numbers: dict[str, int] = {}

    def numbered(token: re.Match[str]) -> str:
        name = token["name"]
        return token[0] if name is None else f"${numbers.setdefault(name, len(numbers) + 1)}"

    return Worded(_TOKEN.sub(numbered, text), tuple(numbers))


@functools.cache
def own() -> Mapping[str, str]:
    """Return the queries that PostgreSQL has in its own words, by name."""
    return statements.load(_OWN) | tables.loads("OVERRIDING SYSTEM VALUE ")


@functools.cache
def statement(name: str) -> Worded:
    """Return a query by its name, in PostgreSQL's own words where it has some."""
    return worded(own().get(name) or statements.shared()[name])
