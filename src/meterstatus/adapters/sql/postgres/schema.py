"""The schema: made and brought up to date by whichever controller comes first, under a lock.

A controller of an earlier release goes on beside a later one's schema where that schema says so: the first
line of a migration names the oldest release that can, by the number of migrations which that knows.
"""

import importlib.resources
import re

from meterstatus import errors
from meterstatus.adapters.sql import statements
from meterstatus.adapters.sql.postgres import connection, failures

LOCK = 0x6D657465727374
"""Of writers and migrations: an advisory lock, which is a database's own."""

_MIGRATIONS = importlib.resources.files("meterstatus.adapters.sql.postgres") / "migrations"
_COMPATIBLE = re.compile(r"-- compatible from: (\d+)\n")

MIGRATION_SECONDS = 3600.0
"""For all that a start has to change, another controller's part of it included; meanwhile nobody writes."""

_DISCONNECT_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database()"
    " AND split_part(application_name, ' (', 1)"
    " IN ('meterstatus writer', 'meterstatus reader', 'meterstatus tail')"
)

_VERSION = "SELECT version, compatible_from FROM schema_version"


def scripts() -> list[str]:
    """Return this release's migrations, in order."""
    return statements.scripts(_MIGRATIONS)


def compatible_from(script: str) -> int:
    """Return the oldest release that can work on what a migration leaves."""
    found = _COMPATIBLE.match(script)
    assert found is not None, "the first line of a migration says it"
    return int(found[1])


async def migrate(on: connection.Connection, migrations: list[str] | None = None) -> None:
    """Bring the schema up to what this release knows; all of it, or nothing.

    Args:
        on: a connection without a transaction.
        migrations: this release's; tests give another one's.

    Raises:
        StoreUnavailableError: a newer release has changed it so that this one cannot go on, or the database
            refuses.
    """
    wanted = scripts() if migrations is None else migrations
    try:
        async with on.transaction(isolation="read_committed"):
            await on.execute(f"SET LOCAL statement_timeout = '{MIGRATION_SECONDS:g}s'")
            await on.execute(f"SELECT pg_advisory_xact_lock({LOCK})", timeout=MIGRATION_SECONDS)
            shuts_out = await _migrate(on, wanted)
        if shuts_out:
            # Who runs an earlier release connects anew, is checked, and says in words that it cannot go on.
            await on.execute(_DISCONNECT_OTHERS)
    except failures.ANY as error:
        raise errors.StoreUnavailableError(
            f"the database's schema cannot be made: {failures.in_words(error)}"
        ) from error
    # Prepared before, and it may mean other columns now.
    await on.reload_schema_state()


async def check(on: connection.Connection, known: int | None = None) -> None:
    """Check that this release can work on the schema as it is now. Raises as ``migrate``."""
    row = await on.fetchrow(_VERSION)
    if row is not None:
        _refuse_newer(row[0], row[1], len(scripts()) if known is None else known)


async def _migrate(on: connection.Connection, wanted: list[str]) -> bool:
    """Run what is missing; tell whether a release that knew all there was before cannot go on now."""
    if await on.fetchval("SELECT to_regclass($1)::text", f"{connection.SCHEMA}.schema_version") is None:
        # Not IF NOT EXISTS alone: whoever may only use an existing schema may not make one.
        if await on.fetchval("SELECT to_regnamespace($1)::text", connection.SCHEMA) is None:
            await on.execute(f"CREATE SCHEMA {connection.SCHEMA}")
        await on.execute("CREATE TABLE schema_version (version int NOT NULL, compatible_from int NOT NULL)")
        await on.execute("INSERT INTO schema_version VALUES (0, 0)")
    row = await on.fetchrow(_VERSION)
    assert row is not None, "it was made with one"
    version, oldest = row
    before = version
    _refuse_newer(version, oldest, len(wanted))
    for script in wanted[version:]:
        await on.execute(script, timeout=MIGRATION_SECONDS)
        version, oldest = version + 1, max(oldest, compatible_from(script))
        await on.execute("UPDATE schema_version SET version = $1, compatible_from = $2", version, oldest)
    return 0 < before < oldest


def _refuse_newer(version: int, oldest: int, known: int) -> None:
    if version > known and known < oldest:
        raise errors.StoreUnavailableError(
            f"the database has schema {version}, made by a newer release, for releases that know {oldest}"
            f" or more; this one knows {known}"
        )
