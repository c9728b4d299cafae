"""Tables for people, JSON and YAML for programs.

Text that came from elsewhere may hold anything, so what goes to a terminal passes through ``plain`` first:
an information text must not be able to move the cursor or forge a line.
"""

import dataclasses
import datetime
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import click
import msgspec

from meterstatus.domain import instants, status
from meterstatus.domain.text import hidden, lenient_yaml, spans

Format = Literal["tabular", "json", "yaml"]
FORMATS: tuple[Format, ...] = ("tabular", "json", "yaml")

GAP = 2
"""Spaces between columns, as Juju's tables have them."""

_SECOND = datetime.timedelta(seconds=1)

_COLOURS = {
    status.StatusCode.GREEN: "green",
    status.StatusCode.NOT_SET: "yellow",
    status.StatusCode.AMBER: "yellow",
    status.StatusCode.RED: "red",
    status.StatusCode.NOT_AVAILABLE: "red",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    narrowest: int | None = None
    """How far it may be cut where the table is too wide; None is never cut."""

    numeric: bool = False
    """Whether it is aligned to the right."""

    is_free_text: bool = True
    """Whether it is cut before those that are not."""

    is_name: bool = False
    """Whether its end tells one from another: it is cut in the middle, and only where no other can be."""


def name_column(title: str) -> Column:
    """Make the column of a table that names units or applications."""
    return Column(title, narrowest=10, is_name=True)


def plain(text: str) -> str:
    """Make text safe to show on one line: what cannot be printed becomes a space or ``?``."""
    return "".join(_plain_character(character) for character in text)


def _plain_character(character: str) -> str:
    if character.isspace():
        return " "
    # Not printable are controls, direction marks, halves of a surrogate pair, and what is not assigned.
    return character if character.isprintable() else "?"


def width_of(text: str) -> int:
    """Count the terminal cells that plain text takes: none for combining marks, two for wide characters."""
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("F", "W") else 1


def cut(text: str, width: int) -> str:
    """Shorten plain text to a number of cells, the last one ``…`` where something was left out."""
    if width_of(text) <= width:
        return text
    kept, room = "", width - 1
    for character in text:
        room -= _cells(character)
        if room < 0:
            break
        kept += character
    return kept.rstrip() + "…"


def cut_in_the_middle(text: str, width: int) -> str:
    """Shorten plain text to a number of cells, ``…`` where something was left out; the end stays."""
    if width_of(text) <= width:
        return text
    end, room = "", (width - 1) // 2
    for character in reversed(text):
        room -= _cells(character)
        if room < 0:
            break
        end = character + end
    return cut(text, width - width_of(end)) + end


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Lay out a table, a line for the titles and one for each row.

    Args:
        columns: what stands over the cells; those that may be cut are, always the widest, free text first
            and names last.
        rows: the cells, as many in each row as there are columns.
        width: what to fit into where that is possible; None cuts nothing.
    """
    cells = [[column.title for column in columns], *([plain(cell) for cell in row] for row in rows)]
    widths = [max(width_of(row[index]) for row in cells) for index in range(len(columns))]
    if width is not None:
        widths = _fitted(columns, widths, width)
    return [_line(columns, row, widths) for row in cells]


def _fitted(columns: Sequence[Column], widths: list[int], width: int) -> list[int]:
    fitted = list(widths)
    excess = sum(fitted) + GAP * (len(fitted) - 1) - width
    while excess > 0:
        cuttable = [
            index
            for index, column in enumerate(columns)
            if column.narrowest is not None and fitted[index] > column.narrowest
        ]
        if not cuttable:
            break
        first = min(map(_rank, (columns[index] for index in cuttable)))
        # A cell at a time, so that columns of about the same width share the loss.
        fitted[
            max((index for index in cuttable if _rank(columns[index]) == first), key=fitted.__getitem__)
        ] -= 1
        excess -= 1
    return fitted


def _rank(column: Column) -> int:
    """Say when a column is cut: free text first, names last."""
    return 2 if column.is_name else 0 if column.is_free_text else 1


def _line(columns: Sequence[Column], row: Sequence[str], widths: Sequence[int]) -> str:
    padded: list[str] = []
    for column, cell, width in zip(columns, row, widths, strict=True):
        text = cut_in_the_middle(cell, width) if column.is_name else cut(cell, width)
        padding = " " * (width - width_of(text))
        padded.append(padding + text if column.numeric else text + padding)
    return (" " * GAP).join(padded).rstrip()


def terminal_width() -> int | None:
    """Return the width of the terminal that standard output is, or None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def may_colour() -> bool:
    """Tell whether standard output is a terminal whose owner has nothing against colour (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def coloured(line: str, code: str) -> str:
    """Colour the first appearance of a status code in a line of a table."""
    colour = _COLOURS.get(status.StatusCode(code)) if code in set(status.StatusCode) else None
    if colour is None:
        return line
    before, found, after = line.partition(code)
    return before + click.style(found, fg=colour) + after


def instant(at: datetime.datetime) -> str:
    """Write an instant in full, UTC: ``2026-03-01T12:00:00Z``, with its fraction where it has one."""
    return instants.in_full(at)


def instant_in_seconds(at: datetime.datetime) -> str:
    """Write an instant for a person: as for a program, without its fraction."""
    return instants.in_seconds(at)


def distance(at: datetime.datetime, now: datetime.datetime) -> str:
    """Say how far an instant is from now: ``in 4m10s``, ``2m48s ago``, and ``now`` within a second."""
    ahead = at - now
    if abs(ahead) < _SECOND:
        return "now"
    return f"in {spans.in_brief(ahead)}" if at > now else f"{spans.in_brief(-ahead)} ago"


@dataclasses.dataclass(frozen=True, slots=True)
class Moments:
    """Writes instants into the cells of a table that tell when something was or will be."""

    now: datetime.datetime
    has_room: bool
    """Whether the instant stands there beside how far it is."""

    def coming(self, at: datetime.datetime) -> str:
        """Write when something will be: ``in 4m10s``, behind the instant where there is room."""
        return self._written(at, distance(at, self.now))

    def past(self, at: datetime.datetime, *, is_exact: bool = True) -> str:
        """Write when something was, no later than now; not exact is that or later."""
        ago = distance(min(at, self.now), self.now)
        return self._written(at, ago) if is_exact else self._written(at, f"≤{ago}", "≥")

    def _written(self, at: datetime.datetime, far: str, bound: str = "") -> str:
        return f"{bound}{instant_in_seconds(at)}, {far}" if self.has_room else far


def show(document: Mapping[str, Any], form: Format, tabular: Callable[[], Sequence[str]]) -> None:
    """Write a document to standard output.

    Args:
        document: plain values, keys in the order to show them.
        form: which form.
        tabular: makes the lines of the form for people.
    """
    match form:
        case "json":
            click.echo(hidden.json_escaped(msgspec.json.format(msgspec.json.encode(document)).decode()))
        case "yaml":
            click.echo(lenient_yaml.dump_escaped(document), nl=False)
        case "tabular":
            for line in tabular():
                click.echo(line)
