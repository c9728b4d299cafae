"""What all SQL engines share: statements, and values kept as text; the contract suite has the rest."""

import datetime
import importlib.resources
import pathlib
import re

import pytest

import meterstatus
from harness import repository as fakes
from meterstatus import errors
from meterstatus.adapters.sql import policies, sqlite, statements, tables
from meterstatus.domain import policy

SOURCE = pathlib.Path(meterstatus.__file__).parent / "adapters" / "sql"
QUERIES = importlib.resources.files("meterstatus.adapters.sql") / "queries"


def test_every_statement_is_run_by_somebody() -> None:
    """No file of a statement is left behind by the code that ran it."""
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCE.glob("*.py"))
    named = set(re.findall(r"[\"_]?((?:[a-z]+_)*[a-z]+)\"", code))
    kinds = {"unit_history", "application_history", "history"} | {
        "unit_deliveries",
        "application_deliveries",
        "deliveries",
    }
    files = {file.name.removesuffix(".sql") for file in QUERIES.iterdir()}
    dumped = {f"{verb}_{table.name}" for verb in ("dump", "load") for table in tables.TABLES}
    assert files - named - {f"read_{kind}" for kind in kinds} - dumped == set()


def test_a_database_says_in_its_own_words_what_it_has_words_for(tmp_path: pathlib.Path) -> None:
    """A statement in a database's own folder is taken before the shared one, and only that."""
    (tmp_path / "read_meta.sql").write_text("SELECT 1", encoding="utf-8")
    assert statements.text("read_meta", tmp_path) == "SELECT 1"
    assert statements.text("read_users", tmp_path) == statements.text("read_users")


def test_migrations_come_in_the_order_of_their_numbers(tmp_path: pathlib.Path) -> None:
    """Scripts are sorted by name, and what is no script is left out."""
    for name, script in {"0002_b.sql": "second", "0001_a.sql": "first", "notes.txt": "no"}.items():
        (tmp_path / name).write_text(script, encoding="utf-8")
    assert statements.migrations(tmp_path) == ["first", "second"]


KEPT = [
    None,
    policy.amber_red(None, None),
    policy.amber_red(datetime.timedelta(minutes=5), None),
]


@pytest.mark.parametrize("kept", KEPT)
def test_a_policy_is_read_as_it_was_written(kept: policy.Policy | None) -> None:
    """A policy goes through text unchanged, and none stays none."""
    assert policies.from_text(policies.to_text(kept)) == kept


def test_spans_keep_their_fractions() -> None:
    """A policy's spans are kept to the microsecond."""
    span = datetime.timedelta(seconds=20, microseconds=250_001)
    assert policies.from_text(policies.to_text(policy.amber_red(None, span))) == policy.amber_red(None, span)


async def test_a_database_of_nobody_is_refused(tmp_path: pathlib.Path) -> None:
    """A database whose identity is gone in part is refused, and what is missing is named."""
    path = tmp_path / "controller.db"
    sqlite.create(path, fakes.IDENTITY, [])
    connection = sqlite.open_database(path)
    connection.execute("DELETE FROM meta WHERE key = 'port'")
    connection.close()
    store = sqlite.open_repository(path)
    with pytest.raises(errors.StoreUnavailableError, match="no controller in it: no port"):
        await store.follow(lambda _: None)
    await store.close()
