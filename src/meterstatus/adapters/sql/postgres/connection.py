"""Connects: which host, with which settings, for how long; and runs statements on a connection."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar, cast

import asyncpg
from asyncpg import connect_utils

from meterstatus import errors
from meterstatus.adapters.sql import engine
from meterstatus.adapters.sql.postgres import failures, target, wording
from meterstatus.domain import slicing
from meterstatus.runtime import resolving

_T = TypeVar("_T")

CONNECT_SECONDS = 5.0
"""For each host in turn."""

COMMAND_SECONDS = 10.0
"""For the answer to a statement, the wait for other writers included; a mass change takes one."""

ABANDONED_SECONDS = 5.0
"""How long the server keeps a transaction whose controller says nothing, and with it all others' writes."""

FIRST_PAUSE_SECONDS = 0.05
LAST_PAUSE_SECONDS = 1.0

CLOSE_SECONDS = 2.0

SCHEMA = "meterstatus"

Connection = asyncpg.Connection

_READS = "read_"
"""How the names of statements begin that only read."""


def _settings(to: target.Target, purpose: str) -> dict[str, str]:
    return {
        "application_name": f"meterstatus {purpose}" + (f" ({to.application})" if to.application else ""),
        "search_path": SCHEMA,
        "timezone": "UTC",
        "datestyle": "ISO",
        # No statement is long enough for a compiled plan to pay.
        "jit": "off",
        # A COMMIT that did not wait for its standbys says so by a warning, and by nothing else.
        "client_min_messages": "warning",
        # A controller that is frozen, or out of reach, must not hold what it has locked.
        "idle_in_transaction_session_timeout": f"{ABANDONED_SECONDS:g}s",
        "statement_timeout": f"{COMMAND_SECONDS:g}s",
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "2",
        "tcp_keepalives_count": "3",
    }


_resolver = resolving.Resolver()


async def connect(to: target.Target, purpose: str) -> Connection:
    """Connect to the first host that takes us and can be written.

    Raises:
        StoreUnavailableError: none does; the text says why the last that answered did not. Or a file that the
            URL names is not there, or the database has another encoding than UTF-8.
    """
    for option, place in to.files.items():
        if not os.access(place, os.R_OK):
            raise errors.StoreUnavailableError(
                f"cannot connect to {to}: there is no file {place} that can be read, which {option} names"
            )
    telling: BaseException | None = None
    for host, port in to.hosts:
        try:
            return await _connect(to, host, port, purpose)
        except failures.ANY as error:
            # What a server says tells more than that another one is not there.
            if telling is None or isinstance(error, asyncpg.PostgresError):
                telling = error
    assert telling is not None, "there is at least one host"
    raise failures.not_connected(to, telling) from telling


async def _connect(to: target.Target, host: str, port: int, purpose: str) -> Connection:
    if not host.startswith("/"):
        # The library's own look-up is one of the loop's, whose end waits for it: for half a minute where the
        # name servers are silent. So it is let look only for what has just been found.
        async with asyncio.timeout(CONNECT_SECONDS):
            await _resolver.addresses(host, port)
    made: Connection = await asyncpg.connect(
        to.url,
        host=host,
        port=port,
        password=to.secret() or None,
        timeout=to.connect_seconds or CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        statement_cache_size=256,
        max_cached_statement_lifetime=0,
        target_session_attrs=connect_utils.SessionAttribute.read_write,
        server_settings=_settings(to, purpose),
    )
    try:
        _check_encoding(to, str(made.get_settings().server_encoding))
        # Instants go as text in ISO form and text with NULs as bytes, so that rows are those of any database.
        await made.set_type_codec(
            "timestamptz", schema="pg_catalog", encoder=str, decoder=_instant, format="text"
        )
        await made.set_type_codec(
            "bytea", schema="pg_catalog", encoder=str.encode, decoder=_text, format="binary"
        )
        # Else what was acknowledged could be lost with the server. Where somebody chose how far it must have
        # come (local, remote_write, remote_apply), that stays.
        await made.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
    except BaseException:
        made.terminate()
        raise
    return made


def _check_encoding(of: target.Target, encoding: str) -> None:
    if encoding != "UTF8":
        raise errors.StoreUnavailableError(
            f"{of} has the encoding {encoding}, which cannot hold every text; make it anew with:"
            f" createdb --encoding UTF8 --template template0 {of.name}"
        )


def _instant(text: str) -> str:
    return f"{text.replace(' ', 'T', 1)}:00"


def _text(content: bytes) -> str:
    return bytes(content).decode()


class PostgresTransaction:
    """``Transaction`` on a connection, inside whatever was begun there.

    Attributes:
        has_written: whether it has run a statement that may have changed something.
    """

    def __init__(self, on: Connection) -> None:
        self._on = on
        self.has_written = False

    async def fetch(
        self, statement: str, parameters: engine.Parameters | None = None
    ) -> Sequence[engine.Row]:
        """Run a statement and return its rows."""
        self.has_written |= not statement.startswith(_READS)
        words = wording.statement(statement)
        given = parameters or {}
        # A record is a sequence in all but its stubs.
        return cast(
            "Sequence[engine.Row]", await self._on.fetch(words.text, *(given[name] for name in words.names))
        )

    async def fetch_one(
        self, statement: str, parameters: engine.Parameters | None = None
    ) -> engine.Row | None:
        """Run a statement and return its first row."""
        found = await self.fetch(statement, parameters)
        return found[0] if found else None

    async def execute(self, statement: str, parameters: engine.Parameters | None = None) -> None:
        """Run a statement that returns nothing."""
        await self.fetch(statement, parameters)

    async def reckon(self, steps: slicing.Steps[_T]) -> _T:
        """Return what steps come to, with a turn for others between two of them."""
        while True:
            try:
                next(steps)
            except StopIteration as ended:
                return ended.value
            await asyncio.sleep(0)


class Link:
    """One connection for one purpose, made again where it broke.

    Args:
        to: the database.
        purpose: what it is called in the server's list of sessions.
        check: is given each new connection, and raises StoreUnavailableError where that must not be used.

    Attributes:
        trouble: why there was none at the last try; None where there was one.
    """

    def __init__(
        self, to: target.Target, purpose: str, check: Callable[[Connection], Awaitable[None]]
    ) -> None:
        self._to = to
        self._purpose = purpose
        self._check = check
        self._connection: Connection | None = None
        self.trouble: errors.StoreUnavailableError | None = None

    async def get(self, until: float) -> Connection:
        """Return the connection, or make one, tried again and again until the loop's clock says ``until``.

        Raises:
            StoreUnavailableError: there is none; nothing was done.
        """
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE_SECONDS
        while self._connection is None or self._connection.is_closed():
            try:
                self._connection = await self._make()
                self.trouble = None
            except errors.StoreUnavailableError as error:
                self.trouble = error
                if loop.time() + pause >= until:
                    raise
                await asyncio.sleep(pause)
                pause = min(2 * pause, LAST_PAUSE_SECONDS)
        return self._connection

    async def _make(self) -> Connection:
        made = await connect(self._to, self._purpose)
        try:
            await self._check(made)
        except failures.ANY as error:
            made.terminate()
            raise failures.unavailable(error) from error
        except BaseException:
            made.terminate()
            raise
        return made

    def drop(self) -> None:
        """Give up the connection, without waiting for anybody."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def close(self) -> None:
        """End the connection in order, or after two seconds anyhow."""
        if self._connection is not None:
            try:
                await self._connection.close(timeout=CLOSE_SECONDS)
            except failures.ANY:
                self._connection.terminate()
            self._connection = None
