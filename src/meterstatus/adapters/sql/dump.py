"""Everything that a database holds, out of one transaction and into another, of whatever engine.

In pages, so that no memory is needed for the whole; in one transaction, so that it is of one moment. Values
are what JSON has: a backup made on one engine is restored on another.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from meterstatus import errors
from meterstatus.adapters.sql import announcements, changes, engine, identity, tables
from meterstatus.domain import epoch
from meterstatus.domain.fleet import records as fleet_records

PAGE_ROWS = 1000
_BOOLEANS = frozenset({("users", "enabled")})
"""SQLite has numbers for them."""

Sink = Callable[[str, Sequence[str], Sequence[Sequence[Any]]], None]
"""Takes rows of a table: its name, its columns, and what is in them. Must not wait."""

Records = Iterable[tuple[str, Mapping[str, Any]]]
"""Rows, each with the name of its table, in the order in which they were dumped."""


async def contents(transaction: engine.Transaction) -> tuple[fleet_records.Identity, epoch.Epoch, int]:
    """Read whose database it is, and which epoch and revision it is at."""
    newest = await changes.newest(transaction)
    meta = await announcements.read_meta(transaction)
    return await identity.read(transaction), announcements.held_epoch(meta), newest


async def write(transaction: engine.Transaction, sink: Sink) -> None:
    """Give every row of every table to a sink, in pages."""
    for table in tables.TABLES:
        behind = table.before_all
        while page := await transaction.fetch(f"dump_{table.name}", {"limit": PAGE_ROWS, **behind}):
            sink(table.name, table.columns, [_values(table, row) for row in page])
            behind = {f"after_{column}": page[-1][column] for column in table.key}


def _values(table: tables.Table, row: engine.Row) -> list[Any]:
    return [_value(table.name, column, row[column]) for column in table.columns]


def _value(table: str, column: str, value: Any) -> Any:
    if (table, column) in _BOOLEANS:
        return bool(value)
    return value.isoformat() if isinstance(value, datetime.datetime) else value


async def load(transaction: engine.Transaction, records: Records) -> None:
    """Write what was dumped into a database with nothing in it.

    Raises:
        StoreUnavailableError: a table or column that this release does not know: a newer one has dumped it.
    """
    known = {table.name: table for table in tables.TABLES}
    for name, record in records:
        table = known.get(name)
        unknown = sorted(record.keys() - set(table.columns)) if table else []
        if table is None or unknown:
            what = f"{name}.{unknown[0]}" if unknown else name
            raise errors.StoreUnavailableError(
                f"this release knows no {what}; restore with the one that made it"
            )
        await transaction.execute(
            f"load_{name}", {**dict.fromkeys(table.columns), **table.defaults, **record}
        )
    await transaction.execute("go_on_counting")
