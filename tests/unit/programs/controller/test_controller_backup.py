"""Backing up a controller's directory, and making it anew."""

import asyncio
import pathlib
import shutil

import pytest

from harness import postgres
from meterstatus import errors
from meterstatus.adapters.files import backup_file, database_file, login_file
from meterstatus.adapters.sql import postgres as adapter
from meterstatus.adapters.sql import sqlite
from meterstatus.domain import maintenance, status
from meterstatus.domain.fleet import records, time_limit
from meterstatus.programs.controller import controller_backup, controller_files
from meterstatus.testing import virtual_time

ANN = records.Author("user-admin", virtual_time.START)


@pytest.fixture
def place(tmp_path: pathlib.Path) -> pathlib.Path:
    """A controller with a unit."""
    controller_files.init(controller_files.InitOptions(tmp_path / "controller"))
    database = tmp_path / "controller" / controller_files.DATABASE

    async def add() -> None:
        store = sqlite.open_repository(database)
        await store.add_unit("shop/0", "hash", status.MeterStatus("RED"), ANN)
        await store.close()

    asyncio.run(add())
    return tmp_path / "controller"


def loaded(place: pathlib.Path) -> records.Fleet:
    """Return what a controller's database holds."""

    async def load() -> records.Fleet:
        store = sqlite.open_repository(place / controller_files.DATABASE)
        found = await store.follow(lambda _: None)
        await store.close()
        return found

    return asyncio.run(load())


def test_a_restored_controller_is_the_one_that_was_backed_up(
    place: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """In another epoch: the same certificates, keys, login, users and units; and its revisions go on."""
    before = loaded(place)
    made = controller_backup.back_up(place, tmp_path / "backup")
    assert (made.header.controller, made.header.revision) == (before.identity.controller_uuid, 1)
    again = tmp_path / "elsewhere" / "again"
    restored = controller_backup.restore(tmp_path / "backup", again)
    after = loaded(again)
    assert (after.identity, after.users, after.units) == (before.identity, before.users, before.units)
    assert (after.revision, after.epoch, after.epoch.base) == (2, restored.begun, 1)
    assert after.epoch.number > before.epoch.number
    assert after.epoch.why == f"restored from the backup of {made.header.made}"
    assert {path.name for path in again.iterdir()} == {*controller_backup.FILES, controller_files.DATABASE}
    for name in controller_backup.FILES:
        assert (again / name).read_bytes() == (place / name).read_bytes()
    assert again.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in again.iterdir()} == {0o600}


def test_two_restores_begin_two_epochs(place: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """A backup of what was restored knows the epoch before, and the next is above it."""
    controller_backup.back_up(place, tmp_path / "backup")
    first = controller_backup.restore(tmp_path / "backup", tmp_path / "one")
    controller_backup.back_up(tmp_path / "one", tmp_path / "second")
    second = controller_backup.restore(tmp_path / "second", tmp_path / "two", why="the disk")
    assert (second.begun.number > first.begun.number, second.begun.why) == (True, "the disk")


def test_what_an_operator_took_away_is_not_missed(place: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """A login file need not lie beside the controller."""
    (place / controller_files.LOGIN).unlink()
    controller_backup.back_up(place, tmp_path / "backup")
    controller_backup.restore(tmp_path / "backup", tmp_path / "again")
    assert not (tmp_path / "again" / controller_files.LOGIN).exists()


def test_nothing_is_restored_over_a_fleet(place: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """But with the word for it, which sets what was there aside, and not while it runs."""
    controller_backup.back_up(place, tmp_path / "backup")
    with pytest.raises(errors.ConfigError, match="there already and is not empty"):
        controller_backup.restore(tmp_path / "backup", place)
    with controller_files.locked(place), pytest.raises(errors.ConfigError, match="is running already"):
        controller_backup.restore(tmp_path / "backup", place, replace=True)
    assert loaded(place).revision == 1
    done = controller_backup.restore(tmp_path / "backup", place, replace=True)
    assert done.set_aside is not None
    assert loaded(done.set_aside).revision == 1
    assert loaded(place).revision == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["backup", "controller", done.set_aside.name]
    )


def test_announced_maintenance_is_not_restored(place: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """It may have been taken back after the backup; that it is ended is in the history."""
    announced = maintenance.Maintenance(virtual_time.START, virtual_time.START, ANN.who)

    async def announce() -> None:
        store = sqlite.open_repository(place / controller_files.DATABASE)
        await store.set_maintenance(announced, ANN)
        await store.close()

    asyncio.run(announce())
    controller_backup.back_up(place, tmp_path / "backup")
    controller_backup.restore(tmp_path / "backup", tmp_path / "again")
    assert loaded(place).maintenance == announced
    after = loaded(tmp_path / "again")
    assert (after.maintenance, after.revision) == (None, 4)


def test_a_backup_that_is_cut_makes_nothing(place: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """It is read to its end before anything is made."""
    controller_backup.back_up(place, tmp_path / "backup")
    content = (tmp_path / "backup").read_bytes()
    (tmp_path / "backup").write_bytes(content[:-100])
    with pytest.raises(errors.ConfigError, match="no whole backup"):
        controller_backup.restore(tmp_path / "backup", tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "controller"]


def test_a_file_that_no_controller_has_is_not_written(place: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """A backup that somebody made up writes nowhere else, and leaves nothing behind."""
    records = controller_backup.back_up(place, tmp_path / "backup").header
    with backup_file.Writer(tmp_path / "forged") as writer:
        writer.header(records)
        writer.file(backup_file.File("../../etc/passwd", "root"))
        writer.finish()
    with pytest.raises(errors.MeterStatusError):
        controller_backup.restore(tmp_path / "forged", tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "controller", "forged"]


def test_there_must_be_a_controller(tmp_path: pathlib.Path) -> None:
    """Else nothing is written."""
    with pytest.raises(errors.ConfigError, match="there is no controller in"):
        controller_backup.back_up(tmp_path, tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def test_a_login_file_is_whole_again(place: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """It logs in as it did."""
    before = login_file.read(place / controller_files.LOGIN)
    controller_backup.back_up(place, tmp_path / "backup")
    shutil.rmtree(place)
    controller_backup.restore(tmp_path / "backup", place)
    assert login_file.read(place / controller_files.LOGIN) == before


def test_a_backup_goes_into_both_kinds_of_database(
    place: pathlib.Path, tmp_path: pathlib.Path, postgres_server: postgres.Server
) -> None:
    """From SQLite into PostgreSQL and back: the same fleet; revisions go on, and what ends still does."""
    before, url = loaded(place), postgres_server.url(postgres_server.database())
    controller_backup.back_up(place, tmp_path / "one")
    controller_backup.restore(tmp_path / "one", tmp_path / "on-postgres", url=url)
    assert not (tmp_path / "on-postgres" / controller_files.DATABASE).exists()
    moved = database_file.read(tmp_path / "on-postgres" / database_file.NAME)
    assert (moved.controller, moved.url) == (before.identity.controller_uuid, url)

    async def set_on_postgres() -> None:
        store = await adapter.open_repository(adapter.parse(url))
        await store.set_unit_status("shop/0", status.MeterStatus("GREEN"), ANN)
        await store.set_statuses(["shop/0"], status.MeterStatus("RED"), ANN, 3, virtual_time.START)
        await store.close()

    asyncio.run(set_on_postgres())
    with pytest.raises(errors.ConflictError, match="has a controller already"):
        controller_backup.restore(tmp_path / "one", tmp_path / "again", url=url)
    made = controller_backup.back_up(tmp_path / "on-postgres", tmp_path / "two")
    assert made.header.revision == 4
    controller_backup.restore(tmp_path / "two", tmp_path / "back")
    after = loaded(tmp_path / "back")
    assert (after.identity, after.users) == (before.identity, before.users)
    (unit,) = after.units
    assert (unit.name, unit.status.code, unit.revision) == ("shop/0", "RED", 4)
    assert unit.limit == time_limit.TimeLimit(virtual_time.START, status.MeterStatus("GREEN"))
