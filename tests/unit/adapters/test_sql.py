"""What all SQL engines share: statements, and values kept as text; the contract suite has the rest."""

import ast
import datetime
import importlib.resources
import pathlib
import re
from collections.abc import Iterator

import pytest

import meterstatus
from harness import repository as fakes
from meterstatus import errors
from meterstatus.adapters.sql import policies, sqlite, statements
from meterstatus.adapters.sql.postgres import wording
from meterstatus.domain import policy

SOURCE = pathlib.Path(meterstatus.__file__).parent / "adapters" / "sql"
OWN = importlib.resources.files("meterstatus.adapters.sql.postgres") / "queries"
RUN = {"fetch", "fetch_one", "execute"}


def run_by(tree: ast.AST) -> Iterator[str]:
    """Give the names of the queries that code runs in a transaction; one that is made there as a pattern."""
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
            continue
        of = call.func.value
        if call.func.attr in RUN and isinstance(of, ast.Name) and of.id in ("transaction", "within"):
            for part in ast.walk(call.args[0]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and "_" in part.value:
                    yield part.value


def test_every_query_is_run_and_every_name_that_is_run_is_a_querys() -> None:
    """No query is left behind by the code that ran it, and none is asked for that is not there."""
    known = {*statements.shared(), *wording.own()}
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py")]
    run = {name for tree in trees for name in run_by(tree)}
    made = tuple(name for name in run if name.endswith("_"))
    assert run - known - set(made) == set()
    named = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert {name for name in known - named if not name.startswith(made)} == set()
    assert made


def test_a_database_has_words_of_its_own_for_queries_that_there_are() -> None:
    """What PostgreSQL alone is asked is no query of SQLite; all else takes the place of one."""
    only = set(wording.own()) - set(statements.shared())
    assert only == {
        "announce_neighbour",
        "forget_neighbours",
        "forget_writers",
        "read_clock",
        "read_neighbours",
        "read_position",
        "read_tail",
    }
    assert wording.statement("read_tail").names == ("seen", "most")
    assert wording.statement("read_users").text == statements.shared()["read_users"]
    assert "OVERRIDING" in wording.statement("load_changes").text


@pytest.mark.parametrize("folder", [SOURCE / "queries", OWN])
def test_every_query_is_described(folder: pathlib.Path) -> None:
    """A file says what it is about, and each query says what it does before it does it."""
    for name, text in statements.load(folder).items():
        assert re.match(r"-- [A-Z]", text), name
        assert not text.endswith(";"), name
    for file in statements.scripts(folder):
        assert re.match(r"-- [A-Z]", file)


def test_two_queries_of_one_name_are_refused(tmp_path: pathlib.Path) -> None:
    """Also where they stand in two files: one of them would never be run."""
    for name in ("a.sql", "b.sql"):
        (tmp_path / name).write_text("-- Of a.\n\n-- name: read_a\n-- A.\nSELECT 1;\n", encoding="utf-8")
    with pytest.raises(ValueError, match="two queries are named read_a"):
        statements.load(tmp_path)


def test_migrations_come_in_the_order_of_their_numbers(tmp_path: pathlib.Path) -> None:
    """Scripts are sorted by name, and what is no script is left out."""
    for name, script in {"0002_b.sql": "second", "0001_a.sql": "first", "notes.txt": "no"}.items():
        (tmp_path / name).write_text(script, encoding="utf-8")
    assert statements.scripts(tmp_path) == ["first", "second"]


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
