"""SQLite where it differs from any other ``Repository``: the file, the schema, the thread, the failures."""

import asyncio
import contextlib
import datetime
import errno
import importlib.resources
import os
import pathlib
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Sequence

import pytest

from harness import repository as fakes
from meterstatus import errors
from meterstatus.adapters.sql import changes, engine, following, sqlite
from meterstatus.adapters.sql.sqlite import inline, shared_memory, threaded
from meterstatus.domain import policy, slicing, status
from meterstatus.domain.fleet import effective_policy, records

BOB = records.Author("user-bob", datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC))
RED = status.MeterStatus("RED")


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    """Give a new database."""
    made = tmp_path / "controller.db"
    sqlite.create(made, fakes.IDENTITY, [])
    return made


async def test_files_are_for_their_owner_only(path: pathlib.Path) -> None:
    """The database and its log files are 0600, whatever the umask."""
    before = os.umask(0)
    try:
        store = sqlite.open_repository(path)
        await store.add_unit("shop/0", "hash", RED, BOB)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == {"controller.db": 0o600, "controller.db-wal": 0o600, "controller.db-shm": 0o600}
        await store.close()
    finally:
        os.umask(before)


def test_commits_reach_the_disk(path: pathlib.Path) -> None:
    """Connections have the write-ahead log, full synchronisation and foreign keys."""
    connection = sqlite.open_database(path)
    found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS}
    connection.close()
    assert found == PRAGMAS


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "user_version": 12}


def test_nothing_is_overwritten(path: pathlib.Path) -> None:
    """A database that is there is not made again."""
    with pytest.raises(FileExistsError):
        sqlite.create(path, fakes.IDENTITY, [])


async def test_a_database_that_names_no_controller_is_refused(path: pathlib.Path) -> None:
    """An empty file, such as a full disk leaves, is a database to SQLite, and no controller's to us."""
    path.write_bytes(b"")
    store = sqlite.open_repository(path)
    with pytest.raises(errors.StoreUnavailableError, match="no controller"):
        await store.follow(lambda _: None)
    await store.close()


def test_a_database_that_cannot_be_written_is_refused(path: pathlib.Path) -> None:
    """One that this process may only read is refused at once, and not at the first change."""
    # SQLite opens what it may only read for reading, and says nothing; for root no mode makes it so, but
    # a format that only a newer SQLite writes does (bytes 18 and 19 of its header; 2 is the log's).
    content = bytearray(path.read_bytes())
    content[18] = 3
    path.write_bytes(content)
    with pytest.raises(errors.StoreUnavailableError, match="readonly"):
        sqlite.open_database(path).close()


def test_a_missing_database_is_not_made(tmp_path: pathlib.Path) -> None:
    """Opening what is not there fails, and leaves nothing behind."""
    with pytest.raises(errors.StoreUnavailableError, match=r"nothing\.db"):
        sqlite.open_repository(tmp_path / "nothing.db")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database_is_told(tmp_path: pathlib.Path) -> None:
    """A file of something else is refused in one line."""
    path = tmp_path / "controller.db"
    path.write_bytes(b"something else, long enough to be looked at" * 100)
    with pytest.raises(errors.StoreUnavailableError, match=r"controller\.db cannot be used"):
        sqlite.open_repository(path)


async def test_damage_is_noticed(path: pathlib.Path) -> None:
    """A database with a page of rubbish is refused when it is opened, not when the page is read."""
    store = sqlite.open_repository(path)
    for number in range(200):
        await store.add_unit(f"shop/{number}", "hash", status.MeterStatus("RED", "x" * 200), BOB)
    await store.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    with pytest.raises(errors.StoreUnavailableError, match=r"damaged|malformed"):
        sqlite.open_repository(path)


def test_a_newer_schema_is_refused(path: pathlib.Path) -> None:
    """A database that a newer release has changed is left alone."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(errors.StoreUnavailableError, match="schema 99, made by a newer release"):
        sqlite.open_repository(path)


def test_a_half_made_schema_is_finished(tmp_path: pathlib.Path) -> None:
    """A migration that a crash kept from committing is run again, because its number was not set either."""
    path = tmp_path / "controller.db"
    path.touch()
    sqlite.open_database(path).close()
    connection = sqlite.open_database(path)
    assert connection.execute("SELECT count(*) FROM units").fetchone() == (0,)
    connection.close()


FIRST_RELEASE = """
INSERT INTO meta VALUES
    ('controller-uuid', '77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011'),
    ('model-uuid', '0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33'),
    ('model-name', 'default'), ('hosts', '["localhost"]'), ('port', '17070');
INSERT INTO users VALUES ('bob', 'pepper', 'mash', 'admin', 1);
INSERT INTO changes VALUES
    (1, 'add', 'shop/0', 'shop', 'user-bob', '2031-05-06T00:00:00+00:00', '', NULL, NULL, 'NOT SET', ''),
    (2, 'set', 'shop/0', 'shop', 'user-bob', '2031-05-06T00:00:00+00:00', 'why', 'NOT SET', '', 'RED', 'x');
INSERT INTO units VALUES ('shop/0', 'shop', 'hash', 'RED', 'x', '2031-05-06T00:00:00+00:00', 2, 1);
INSERT INTO unit_state VALUES ('shop/0', 'uniter-state', 'u');
PRAGMA user_version=1;
"""
"""What a controller of schema 1 has written."""


async def test_a_database_of_the_first_schema_is_taken_over(tmp_path: pathlib.Path) -> None:
    """A database of schema 1 keeps its units, state and history, and then takes policies."""
    path = tmp_path / "controller.db"
    older = sqlite3.connect(path)
    migrations = importlib.resources.files("meterstatus.adapters.sql.sqlite") / "migrations"
    older.executescript((migrations / "0001_initial.sql").read_text(encoding="utf-8") + FIRST_RELEASE)
    older.close()

    store = sqlite.open_repository(path)
    loaded = await store.follow(lambda _: None)
    red = status.MeterStatus("RED", "x")
    assert loaded.units == (records.Unit("shop/0", "hash", red, 2, BOB.at, 1),)
    assert (loaded.rulings, loaded.revision, loaded.users[0].name) == ((), 2, "bob")
    assert await store.unit_state("shop/0") == {"uniter-state": "u"}
    not_set, why = status.MeterStatus("NOT SET"), records.Author("user-bob", BOB.at, "why")
    assert await store.history() == [
        records.Change(2, records.ChangeKind.SET, "shop/0", why, not_set, red),
        records.Change(1, records.ChangeKind.ADD, "shop/0", BOB, None, not_set),
    ]
    await store.set_policy(effective_policy.unit_scope("shop/0"), policy.amber_red(None, None), BOB)
    await store.close()

    again = sqlite.open_repository(path)
    held = effective_policy.Ruling(effective_policy.unit_scope("shop/0"), policy.amber_red(None, None), 3)
    assert (await again.follow(lambda _: None)).rulings == (held,)
    await again.close()


EIGHTH_SCHEMA = """
INSERT INTO changes (revision, kind, unit, application, who, at, why) VALUES
    (1, 'add', 'shop/0', 'shop', 'user-bob', '2031-05-06T00:00:00+00:00', ''),
    (2, 'remove', 'shop/0', 'shop', 'user-bob', '2031-05-06T02:00:00+00:00', ''),
    (3, 'add', 'shop/0', 'shop', 'user-bob', '2031-05-06T02:00:00+00:00', '');
INSERT INTO units VALUES ('shop/0', 'shop', 'hash', 'RED', 'x', '2031-05-06T02:00:00+00:00', 3, 3);
INSERT INTO deliveries VALUES
    (1, 'shop/0', 'shop', '2031-05-06T01:00:00+00:00', 'a', 1, 'meter-status-changed', 'RED', '', 'agent',
     'ran', 0, '', '[]', '2031-05-06T01:00:00+00:00'),
    (2, 'shop/0', 'shop', '2031-05-06T03:00:00+00:00', 'b', 1, 'meter-status-changed', 'RED', '', 'agent',
     'failed', 1, '', '[]', '2031-05-06T03:00:00+00:00'),
    (3, 'shop/9', 'shop', '2031-05-06T04:00:00+00:00', 'c', 1, 'meter-status-changed', 'RED', '', 'agent',
     'ran', 0, '', '[]', '2031-05-06T04:00:00+00:00');
PRAGMA user_version=8;
"""
"""What a controller of schema 8 has written, a unit removed and added again in it."""


async def test_reports_of_removed_units_are_known_in_an_older_database(tmp_path: pathlib.Path) -> None:
    """What was received before a unit was added is of another, and stays in the history."""
    path = tmp_path / "controller.db"
    older = sqlite3.connect(path)
    migrations = importlib.resources.files("meterstatus.adapters.sql.sqlite") / "migrations"
    for script in sorted(migrations.iterdir(), key=lambda each: each.name)[:8]:
        older.executescript(script.read_text(encoding="utf-8"))
    older.executescript(EIGHTH_SCHEMA)
    older.close()

    store = sqlite.open_repository(path)
    assert [each.report.delivery_id for each in (await store.newest_deliveries()).reports] == ["b"]
    assert [each.report.delivery_id for each in await store.deliveries()] == ["c", "b", "a"]
    await store.close()


async def test_a_failing_database_fails_all_that_shared_it(path: pathlib.Path) -> None:
    """When the database fails, every call of the batch does, nothing is stored, and later ones work."""
    store = sqlite.open_repository(path)
    await store.follow(lambda _: None)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("ALTER TABLE units RENAME TO hidden")
    adding = [store.add_unit(f"shop/{number}", "hash", RED, BOB) for number in range(3)]
    results = await asyncio.gather(*adding, return_exceptions=True)
    assert [type(result) for result in results] == [errors.StoreUnavailableError] * 3
    other.execute("ALTER TABLE hidden RENAME TO units")
    other.close()
    await store.add_unit("shop/0", "hash", RED, BOB)
    assert [change.unit for change in await store.history()] == ["shop/0"]
    await store.close()


async def test_another_writers_change_is_told(path: pathlib.Path) -> None:
    """The tail tells what another process wrote, with the next own change, each once and in order."""
    told: list[int] = []
    store = sqlite.open_repository(path)
    await store.follow(lambda updates: told.extend(update.change.revision for update in updates))
    other = sqlite.open_repository(path)
    await other.add_unit("shop/0", "hash", RED, BOB)
    await other.close()
    await store.add_unit("shop/1", "hash", RED, BOB)
    assert told == [1, 2]
    await store.close()


async def test_work_that_fails_leaves_nothing(path: pathlib.Path) -> None:
    """What a piece of work wrote before it failed is undone, and what shared its commit is kept."""
    owner = threaded.ThreadedEngine(sqlite.open_database(path), following.Tail())

    async def note(within: engine.Transaction, key: str) -> None:
        await within.execute("add_meta", {"key": key, "value": ""})
        if key == "b":
            raise errors.NotFoundError("b")

    work = [owner.write(lambda within, key=key: note(within, key)) for key in "abc"]
    results = await asyncio.gather(*work, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), errors.NotFoundError, type(None)]
    kept = await owner.read(lambda within: within.fetch("read_meta"))
    assert {row["key"] for row in kept} & {"a", "b", "c"} == {"a", "c"}
    await owner.close()


def test_work_on_the_callers_thread_is_whole_or_nothing(path: pathlib.Path) -> None:
    """Without an event loop too: what is done is kept, and of what fails nothing is."""
    on = sqlite.open_database(path)

    async def note(within: engine.Transaction, key: str) -> str:
        await within.execute("add_meta", {"key": key, "value": ""})
        if key == "b":
            raise errors.NotFoundError("b")
        return key

    assert inline.run(on, lambda within: note(within, "a")) == "a"
    with pytest.raises(errors.NotFoundError):
        inline.run(on, lambda within: note(within, "b"))
    with pytest.raises(sqlite3.IntegrityError):
        inline.run(on, lambda within: note(within, "a"))
    kept = inline.run(on, lambda within: within.fetch("read_meta"))
    assert {row["key"] for row in kept} & {"a", "b"} == {"a"}
    on.close()


async def test_work_may_wait_for_nothing_else(path: pathlib.Path) -> None:
    """Work that waits for something other than its transaction fails, and the thread goes on."""
    owner = threaded.ThreadedEngine(sqlite.open_database(path), following.Tail())

    async def dally(_: engine.Transaction) -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="nothing but its transaction"):
        await owner.write(dally)
    assert await owner.read(changes.newest) == 0
    await owner.close()


async def test_a_follower_that_fails_hides_no_result(path: pathlib.Path) -> None:
    """Even if the follower breaks its promise and raises, the call that made the change returns."""
    store = sqlite.open_repository(path)

    def fail(_: object) -> None:
        raise RuntimeError("a defect")

    await store.follow(fail)
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: complaints.append(context["exception"])
    )
    await store.add_unit("shop/0", "hash", RED, BOB)
    assert [str(complaint) for complaint in complaints] == ["a defect"]
    await store.close()


async def test_what_a_killed_process_left_is_synced_before_it_is_told(
    path: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """A commit that can be read need not be on the disk: opening takes it out of the log, which syncs it."""
    store = sqlite.open_repository(path)
    await store.add_unit("shop/0", "hash", RED, BOB)
    left = tmp_path / "left"
    left.mkdir()
    for name in ("controller.db", "controller.db-wal"):  # as they are at a SIGKILL
        (left / name).write_bytes((path.parent / name).read_bytes())
    await store.close()
    opened = sqlite.open_repository(left / "controller.db")
    assert (left / "controller.db-wal").stat().st_size == 0
    assert [change.unit for change in await opened.history()] == ["shop/0"]
    await opened.close()


class UnsureDisk(sqlite3.Connection):
    """A disk that fails while it is told to keep what was written to it."""

    def execute(self, sql: str, *rest: object) -> sqlite3.Cursor:
        """Run a statement; the one that syncs fails after it has written."""
        done = super().execute(sql, *rest)  # type: ignore[arg-type]
        if sql == "COMMIT":
            failure = sqlite3.OperationalError("disk I/O error")
            failure.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise failure
        return done


async def test_a_failed_sync_is_no_failed_change(path: pathlib.Path) -> None:
    """Where the disk fails at the very end, what was written may be read again: nobody claims to know."""
    on = sqlite3.connect(path, factory=UnsureDisk, isolation_level=None, check_same_thread=False)
    database = threaded.ThreadedEngine(on, following.Tail())

    async def work(within: engine.Transaction) -> None:
        await within.execute("add_meta", {"key": "x", "value": "y"})

    with pytest.raises(errors.OutcomeUnknownError, match="may have been made"):
        await database.write(work)
    await database.close()


def full_disk(descriptor: int, offset: int, length: int) -> None:
    """Have no room for anything."""
    del descriptor, offset, length
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_without_room_for_the_shared_memory_is_told(
    monkeypatch: pytest.MonkeyPatch, path: pathlib.Path
) -> None:
    """Opening the database, and reading it beside its controller, says so before SQLite would die of it."""
    monkeypatch.setattr(os, "posix_fallocate", full_disk)
    with pytest.raises(errors.StoreUnavailableError, match="no room for the 32 KiB"):
        sqlite.open_database(path)
    with pytest.raises(errors.StoreUnavailableError, match="no room for the 32 KiB"):
        sqlite.read(path, read_anything)


async def read_anything(within: engine.Transaction) -> None:
    """Read anything."""
    await within.fetch("read_meta")


def test_room_that_is_taken_already_is_not_asked_for(
    monkeypatch: pytest.MonkeyPatch, path: pathlib.Path
) -> None:
    """A controller whose disk became full since is opened again; and SQLite says what else is wrong."""
    monkeypatch.setattr(os, "posix_fallocate", full_disk)
    path.with_name(f"{path.name}-shm").write_bytes(bytes(shared_memory.BYTES))
    sqlite.open_database(path).close()
    with pytest.raises(errors.StoreUnavailableError, match="unable to open"):
        sqlite.open_database(path.parent / "nowhere" / "controller.db")


OPEN = """
import pathlib, sys
from meterstatus.adapters.sql import sqlite
sqlite.open_database(pathlib.Path(sys.argv[1]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
@pytest.mark.parametrize("kilobytes", [9, 10, 11, 31])
def test_a_full_disk_of_small_blocks_kills_nobody(tmp_path: pathlib.Path, kilobytes: int) -> None:
    """With blocks of 1 KiB, of which so many are left, opening fails in words and not by SIGBUS."""
    image, disk = tmp_path / "image", tmp_path / "disk"
    image.write_bytes(bytes(4 << 20))
    disk.mkdir()
    subprocess.run(["mkfs.ext4", "-q", "-b", "1024", "-m", "0", "-O", "^has_journal", image], check=True)
    if subprocess.run(["mount", "-o", "loop", image, disk], check=False).returncode != 0:
        pytest.skip("this machine lets nobody make a small disk")
    try:
        path = disk / "controller.db"
        sqlite.create(path, fakes.IDENTITY, [])
        with (disk / "filling").open("wb", buffering=0) as filling:
            with contextlib.suppress(OSError):
                while True:
                    filling.write(bytes(1024))
            filling.truncate(filling.tell() - kilobytes * 1024)
        done = subprocess.run([sys.executable, "-c", OPEN, path], check=False, capture_output=True, text=True)
        assert done.returncode == 1, done
        assert "no room for the 32 KiB" in done.stderr
    finally:
        subprocess.run(["umount", disk], check=True)


async def test_a_large_change_is_told_in_slices_and_in_order(path: pathlib.Path) -> None:
    """Of one commit a hundred changes are told in a turn, and all of them before anything that came later."""
    store = sqlite.open_repository(path)
    loop, told = asyncio.get_running_loop(), list[tuple[int, ...]]()
    turn = 0

    def count() -> None:
        nonlocal turn
        turn += 1
        loop.call_soon(count)

    def follow(updates: Sequence[records.Update]) -> None:
        told.append((turn, *(each.change.revision for each in updates)))

    names = [f"shop/{number}" for number in range(350)]
    await asyncio.gather(*(store.add_unit(name, "", status.MeterStatus("GREEN"), BOB) for name in names))
    await store.follow(follow)
    count()
    amber = status.MeterStatus("AMBER")
    await asyncio.gather(
        store.set_statuses(names, RED, BOB, 350), store.set_unit_status("shop/0", amber, BOB)
    )
    await store.catch_up()
    await store.close()
    assert [revision for _, *revisions in told for revision in revisions] == list(range(351, 702))
    assert max(len(revisions) for _, *revisions in told) == slicing.SIZE
    assert len({at for at, *_ in told}) == len(told)
