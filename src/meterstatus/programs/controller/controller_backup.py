"""Backs up a controller while it serves, and makes one anew from a backup.

A backup has all that a lost machine had: the database, and beside it the files without which no agent would
trust the new one (its authority, the server's certificate and keys) and no operator could log in. So it is
as secret as the controller's directory.
"""

import asyncio
import dataclasses
import importlib.metadata
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

from meterstatus import errors
from meterstatus.adapters.files import backup_file, database_file
from meterstatus.adapters.sql import dump, engine, fleet_changes, identity, sqlite
from meterstatus.domain import epoch, names
from meterstatus.domain.fleet import records
from meterstatus.programs.controller import controller_files
from meterstatus.runtime import clock, durable_file, made_directory

FILES = (
    controller_files.AUTHORITY_CERTIFICATE,
    controller_files.AUTHORITY_KEY,
    controller_files.SERVER_CERTIFICATE,
    controller_files.SERVER_KEY,
    controller_files.LOGIN,
)
"""What a backup has beside the database. Each where it is there: a login file may have been taken away."""


@dataclasses.dataclass(frozen=True, slots=True)
class Restored:
    """What was restored."""

    summary: backup_file.Summary
    begun: epoch.Epoch
    set_aside: pathlib.Path | None
    """Where the directory is now whose place it took; None where there was none."""


def back_up(data_dir: pathlib.Path, path: pathlib.Path) -> backup_file.Summary:
    """Write a backup of one moment, read it again, and return what it holds.

    Args:
        data_dir: the controller's, running or not.
        path: the file to write.

    Raises:
        ConfigError: there is no controller, or the file is there already.
        StoreUnavailableError: the database is damaged, or of another release.
        OSError: it could not be written; nothing is left behind.
    """
    database, elsewhere = data_dir / controller_files.DATABASE, data_dir / database_file.NAME
    if not (database.is_file() or elsewhere.is_file()):
        raise errors.ConfigError(f"there is no controller in {data_dir}; --data-dir names another place")
    with backup_file.Writer(path) as writer:
        if elsewhere.is_file():
            asyncio.run(_read(database_file.read(elsewhere).url, lambda on: _dump(on, data_dir, writer)))
        else:
            sqlite.read(database, lambda within: _dump(within, data_dir, writer))
        writer.finish()
    return backup_file.verify(path)


async def _read(url: str, work: engine.Work[None]) -> None:
    from meterstatus.adapters.sql import postgres  # only who has such a database has the library

    await postgres.read(postgres.parse(url), work)


async def _fill(url: str, work: engine.Work[None]) -> None:
    from meterstatus.adapters.sql import postgres  # as above

    await postgres.fill(postgres.parse(url), work)


async def _dump(within: engine.Transaction, data_dir: pathlib.Path, writer: backup_file.Writer) -> None:
    of, held, revision = await dump.contents(within)
    writer.header(
        backup_file.Header(
            made=clock.SystemClock().now().isoformat(),
            release=importlib.metadata.version("meterstatus"),
            controller=of.controller_uuid,
            model=of.model_uuid,
            epoch=held.number,
            revision=revision,
        )
    )
    for name in FILES:
        if (data_dir / name).is_file():
            writer.file(backup_file.File(name, (data_dir / name).read_text(encoding="utf-8")))
    await dump.write(within, writer.rows)


def restore(
    path: pathlib.Path, data_dir: pathlib.Path, *, replace: bool = False, why: str = "", url: str = ""
) -> Restored:
    """Make a controller from a backup, in an epoch of its own, and return what it holds.

    Args:
        path: the backup.
        data_dir: where to make it; not there, or empty.
        replace: set a controller that is there already aside, which must not run.
        why: the reason, for the history.
        url: of an empty database of PostgreSQL; "" makes a file of SQLite in the directory. A backup of
            either goes into both.

    Raises:
        ConfigError: the backup is none, or there is something already.
        ConflictError: the database has a controller already.
        StoreUnavailableError: a newer release has made it.
        OSError: a file could not be written; nothing is left behind.
    """
    summary = backup_file.verify(path)
    is_there = data_dir.is_dir() and any(data_dir.iterdir())
    if not (replace and is_there):
        controller_files.check_free(data_dir)
    made_directory.make(data_dir.parent, 0o755)
    building = pathlib.Path(tempfile.mkdtemp(prefix=f".{data_dir.name}.", dir=data_dir.parent))
    try:
        begun = _build(path, building, url, _author(summary, why))
        aside = _set_aside(data_dir) if replace and is_there else None
        building.rename(data_dir)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    durable_file.sync_directory(data_dir.parent)
    return Restored(summary, begun, aside)


def _set_aside(data_dir: pathlib.Path) -> pathlib.Path:
    with controller_files.locked(data_dir):
        at = clock.SystemClock().now()
        aside = data_dir.with_name(f"{data_dir.name}.before-restore-{at:%Y%m%dT%H%M%SZ}")
        data_dir.rename(aside)
    return aside


def _author(summary: backup_file.Summary, why: str) -> records.Author:
    who = names.Tag(names.Kind.CONTROLLER, summary.header.controller)
    reason = why or f"restored from the backup of {summary.header.made}"
    return records.Author(str(who), clock.SystemClock().now(), reason)


def _build(path: pathlib.Path, directory: pathlib.Path, url: str, author: records.Author) -> epoch.Epoch:
    begun: list[epoch.Epoch] = []
    place: list[database_file.DatabaseFile] = []

    async def fill(within: engine.Transaction) -> None:
        await dump.load(within, _rows(path))
        begun.append(await fleet_changes.begin_epoch(within, author))
        # It may have been taken back in what was lost, and puts off what keeps units safe.
        await fleet_changes.set_maintenance(within, None, author)
        held = await identity.read(within)
        place.append(database_file.DatabaseFile(held.controller_uuid, url, held.hosts, held.port))

    if url:
        asyncio.run(_fill(url, fill))
        place[0].write(directory / database_file.NAME)
    else:
        sqlite.fill(directory / controller_files.DATABASE, fill)
    for record in backup_file.read(path):
        if isinstance(record, backup_file.File):
            if record.name not in FILES:
                raise errors.ConfigError(f"{path} holds a file that no controller has: {record.name}")
            durable_file.write(directory / record.name, record.text.encode())
    return begun[0]


def _rows(path: pathlib.Path) -> Iterator[tuple[str, dict[str, object]]]:
    for record in backup_file.read(path):
        if isinstance(record, backup_file.Row):
            yield record.table, dict(record.values)
