"""Dumps: all of a database, out of one transaction and into another."""

import asyncio
import contextlib
import datetime
import pathlib
import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest

from harness import repository as fakes
from meterstatus import errors
from meterstatus.adapters.sql import dump, engine, sqlite, tables
from meterstatus.domain import maintenance as maintenances
from meterstatus.domain import policy, status
from meterstatus.domain.fleet import effective_policy
from meterstatus.domain.fleet import records as fleet_records
from meterstatus.domain.hook import delivery_report, hook_call, outcome

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
BOB = fleet_records.Author("user-bob", AT, "because")
HOUR = datetime.timedelta(hours=1)
USERS = (
    fleet_records.User("bob", "salt", "hash", fleet_records.Access.ADMIN),
    fleet_records.User("ann", "", "", fleet_records.Access.READ, False),
)
Records = list[tuple[str, dict[str, Any]]]


def dumped(path: pathlib.Path) -> Records:
    """Return every row of a database file."""
    records: Records = []

    def sink(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        records.extend((table, dict(zip(columns, row, strict=True))) for row in rows)

    sqlite.read(path, lambda within: dump.write(within, sink))
    return records


def load(path: pathlib.Path, records: Records) -> None:
    """Make a database file of rows."""
    sqlite.fill(path, lambda within: dump.load(within, records))


@pytest.fixture
def full(tmp_path: pathlib.Path) -> pathlib.Path:
    """A database with something in every table."""
    path = tmp_path / "controller.db"
    sqlite.create(path, fakes.IDENTITY, USERS)

    async def fill() -> None:
        store = sqlite.open_repository(path)
        for number in range(3):
            await store.add_unit(f"shop/{number}", "hash", status.MeterStatus("GREEN"), BOB)
            await store.change_unit_state(f"shop/{number}", {"uniter-state": "a", "meter-status-state": "b"})
        await store.set_policy(effective_policy.unit_scope("shop/0"), policy.amber_red(None, None), BOB)
        await store.set_maintenance(maintenances.Maintenance(AT, AT, "user-bob"), BOB)
        ran = outcome.HookOutcome(outcome.HookResult.RAN, 0, "", ("line",))
        for attempt in range(3):
            report = delivery_report.DeliveryReport(
                "id",
                attempt,
                hook_call.HookKind.CHANGED,
                status.MeterStatus("GREEN"),
                hook_call.Origin.CONTROLLER,
                ran,
                AT,
            )
            await store.record_delivery(delivery_report.ReceivedReport(f"shop/{attempt}", AT, report))
        await store.remove_unit("shop/2", BOB)
        fleet_now = await store.follow(lambda _: None)
        await store.set_level(
            effective_policy.model_scope(fakes.IDENTITY.model_uuid),
            status.MeterStatus("RED"),
            BOB,
            fleet_now.revision,
        )
        await store.begin_epoch(BOB)
        fleet_now = await store.follow(lambda _: None)
        for name in ("shop/0", "shop/1"):
            await store.set_statuses([name], status.MeterStatus("RED"), BOB, fleet_now.revision, AT + HOUR)
            fleet_now = await store.follow(lambda _: None)
        assert await store.end_due(AT + HOUR) == AT + HOUR
        await store.close()

    asyncio.run(fill())
    return path


def test_every_table_and_column_is_dumped(full: pathlib.Path) -> None:
    """Whatever the schema has is in a backup: who adds a column adds it there."""
    with contextlib.closing(sqlite3.connect(full)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        schema = {
            name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")} for (name,) in names
        }
    kept = {name: columns for name, columns in schema.items() if name not in tables.SEEN}
    assert {table.name: set(table.columns) for table in tables.TABLES} == kept


def test_what_is_loaded_is_what_was_dumped(
    full: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pages of any size, and every table has rows here."""
    whole = dumped(full)
    assert {table for table, _ in whole} == {table.name for table in tables.TABLES}
    monkeypatch.setattr(dump, "PAGE_ROWS", 1)
    assert dumped(full) == whole
    load(tmp_path / "copy.db", whole)
    assert dumped(tmp_path / "copy.db") == whole


def test_what_an_older_release_dumped_is_loaded(full: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """It tells no reports of removed units from others: they are taken as they were shown there."""
    older = [
        (table, {name: value for name, value in row.items() if name != "former"})
        for table, row in dumped(full)
    ]
    load(tmp_path / "copy.db", older)
    rows = [row["former"] for table, row in dumped(tmp_path / "copy.db") if table == "deliveries"]
    assert rows == [0, 0, 0]


def test_values_are_those_of_json(full: pathlib.Path) -> None:
    """What is true or false is that, though SQLite has numbers for it."""
    assert {row["name"]: row["enabled"] for table, row in dumped(full) if table == "users"} == {
        "ann": False,
        "bob": True,
    }


def test_revisions_go_on_after_those_that_were_loaded(full: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """No revision of the backup is given again."""
    load(tmp_path / "copy.db", dumped(full))

    async def change() -> int:
        store = sqlite.open_repository(tmp_path / "copy.db")
        before = (await store.follow(lambda _: None)).revision
        await store.set_unit_status("shop/0", status.MeterStatus("RED"), BOB)
        (newest,) = await store.history(limit=1)
        await store.close()
        return newest.revision - before

    assert asyncio.run(change()) == 1


LATER: list[tuple[tuple[str, dict[str, Any]], str]] = [
    (("games", {}), "games"),
    (("users", {"age": 1}), "users.age"),
]


@pytest.mark.parametrize(("record", "what"), LATER)
def test_what_a_later_release_dumped_is_refused(
    tmp_path: pathlib.Path, record: tuple[str, dict[str, Any]], what: str
) -> None:
    """Not left out silently, and nothing is left of it."""
    with pytest.raises(errors.StoreUnavailableError, match=f"this release knows no {what};"):
        load(tmp_path / "copy.db", [record])


def test_a_column_that_was_not_there_yet_is_empty(full: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """An earlier release's backup lacks what came later."""
    earlier = [(table, {key: row[key] for key in row if key != "detail"}) for table, row in dumped(full)]
    earlier = [(table, row) for table, row in earlier if table != "deliveries"]
    load(tmp_path / "copy.db", earlier)
    assert all(row["detail"] is None for table, row in dumped(tmp_path / "copy.db") if table == "changes")


def test_a_database_says_where_it_is(full: pathlib.Path) -> None:
    """Whose it is, and its epoch and revision."""
    identity, held, revision = sqlite.read(full, dump.contents)
    assert (identity, held.number, held.base, revision) == (fakes.IDENTITY, int(AT.timestamp()), 7, 11)


def test_it_is_of_one_moment(full: pathlib.Path) -> None:
    """What another connection commits meanwhile neither waits nor shows."""

    async def look(within: engine.Transaction) -> tuple[int, int]:
        before = len(await within.fetch("read_units"))
        with contextlib.closing(sqlite3.connect(full, timeout=0.1)) as other, other:
            other.execute("DELETE FROM units")
        return before, len(await within.fetch("read_units"))

    assert sqlite.read(full, look) == (2, 2)


def test_another_schema_is_not_touched(full: pathlib.Path) -> None:
    """A database that another release serves is neither read wrongly nor migrated under it."""
    with contextlib.closing(sqlite3.connect(full)) as connection:
        connection.execute("PRAGMA user_version=1")
    with pytest.raises(errors.StoreUnavailableError, match="has schema 1, and this release"):
        sqlite.read(full, dump.contents)


def test_what_is_no_database_is_refused(tmp_path: pathlib.Path) -> None:
    """In our words."""
    (tmp_path / "controller.db").write_text("no database" * 100)
    for path in (tmp_path / "controller.db", tmp_path / "absent.db"):
        with pytest.raises(errors.StoreUnavailableError, match="cannot be used"):
            sqlite.read(path, dump.contents)
