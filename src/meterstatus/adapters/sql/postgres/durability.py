"""Whether what is committed is where the database is set to have it before anybody hears that it is.

With ``synchronous_standby_names`` a COMMIT waits for standbys. That wait can be cut short, by
``pg_cancel_backend`` or the server's end: the change is done on this server then, perhaps on no other, and
all that says so is a warning, or a connection that ends. So a row that can be read proves nothing; what
proves that all before it is where it should be is another COMMIT that has waited to its end.
"""

import asyncio
from typing import Any

from meterstatus.adapters.sql.postgres import connection, schema

BEGIN = f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock({schema.LOCK})"
"""Begin a transaction that writes, once no other controller has one."""

BEGIN_IF_KEPT = (
    BEGIN
    + """; DO $$ BEGIN
IF current_setting('synchronous_standby_names') <> ''
    AND current_setting('synchronous_commit') NOT IN ('off', 'local')
THEN
    -- Apart, because the view is planned anew each time, and costs most where nobody needs it.
    IF NOT EXISTS (SELECT FROM pg_stat_replication WHERE coalesce(sync_state, 'sync') IN ('sync', 'quorum'))
    THEN
        RAISE lock_not_available USING MESSAGE = 'no synchronous standby is connected';
    END IF;
END IF;
END $$"""
)
"""The same, and refuse at once where the COMMIT would have nobody to wait for: nothing is changed yet, and
nothing is half done. Who may not see the state of standbys (``pg_read_all_stats``) takes them for good."""

_NO_LIMIT_SECONDS = 3600.0
"""The library's own limit, which must not come first: it would have the server cut its wait short."""

_WAIT = "SyncRep"
"""How the server's functions are called that wait for standbys; their texts are in the server's language."""


class NotKeptError(Exception):
    """A COMMIT was done on the server, and did not wait for its standbys; the text is the server's."""


async def commit(on: connection.Connection, end: str, seconds: float) -> None:
    """Run the statements that end a transaction, the last of which is COMMIT.

    Where that takes too long, the connection is ended, and the server's wait is not: to cut it short would
    show to everybody what may yet be lost.

    Raises:
        NotKeptError: it is done, and perhaps not where it must be.
        TimeoutError: it had no answer; the connection is of no more use.
        PostgresError, InterfaceError, OSError: as the library says.
    """
    warnings: list[str] = []

    def hear(_: object, message: Any) -> None:
        function = getattr(message, "server_source_function", None)
        if getattr(message, "severity_en", "WARNING") == "WARNING" and (function or _WAIT).startswith(_WAIT):
            warnings.append(str(message))

    on.add_log_listener(hear)
    ending = asyncio.ensure_future(on.execute(end, timeout=_NO_LIMIT_SECONDS))
    try:
        done, _ = await asyncio.wait((ending,), timeout=seconds)
        if not done:
            on.terminate()
            await asyncio.wait((ending,))
            ending.exception()
            raise TimeoutError
        await ending
    except asyncio.CancelledError:
        on.terminate()
        raise
    finally:
        on.remove_log_listener(hear)
    if warnings:
        raise NotKeptError(warnings[0])
