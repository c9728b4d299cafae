"""PostgreSQL where it differs from any other ``Repository``: connections, schema, order, failures."""

import asyncio
import contextlib
import dataclasses
import datetime
import itertools
import logging
import pathlib
import re
import sqlite3
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import pytest

from harness import postgres, postgres_proxy
from harness import repository as fakes
from meterstatus import errors
from meterstatus.adapters.sql import postgres as adapter
from meterstatus.adapters.sql import repository as repositories
from meterstatus.adapters.sql import sqlite
from meterstatus.adapters.sql.postgres import connection, database, schema, tailing, target, wording, writer
from meterstatus.domain import status
from meterstatus.domain.fleet import records
from meterstatus.runtime import resolving

BOB = records.Author("user-bob", datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC))
RED = status.MeterStatus("RED")


class Follower:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.updates: list[records.Update] = []
        self.reloaded: list[records.Fleet] = []

    def __call__(self, updates: Sequence[records.Update]) -> None:
        """Take updates."""
        self.updates.extend(updates)

    @property
    def revisions(self) -> list[int]:
        """The revisions it was told, in order."""
        return [update.change.revision for update in self.updates]


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncGenerator[repositories.SQLRepository]:
    """Open a repository, as one of several controllers does."""
    store = await adapter.open_repository(adapter.parse(url))
    try:
        yield store
    finally:
        await store.close()


def place(url: str, server: postgres.Server) -> str:
    """Return the name of the database of a URL."""
    return url.removeprefix(server.url(""))


async def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - real time, and somebody else's event
            await asyncio.sleep(0.01)


NOT_TAKEN = ("keepalives", "keepalives_idle", "tcp_user_timeout", "gssencmode", "hostaddr", "service")
"""Options of libpq that do nothing here."""

# Statements and URLs.


def test_parameters_are_numbered() -> None:
    """Each name has one number; casts, literals, quoted names and comments are left alone."""
    text = "SELECT ':a', \":b\" -- :c\n, x::text, :one FROM t /* :d */ WHERE y = :two AND z = :one"
    assert wording.worded(text) == (
        "SELECT ':a', \":b\" -- :c\n, x::text, $1 FROM t /* :d */ WHERE y = $2 AND z = $1",
        ("one", "two"),
    )


@pytest.mark.parametrize(
    ("url", "hosts", "name", "user", "password"),
    [
        ("postgresql://u:p%40@a:1,b/d", (("a", 1), ("b", 5432)), "d", "u", "p@"),
        ("postgres:///d?host=/run/pg&port=6&user=u", (("/run/pg", 6),), "d", "u", ""),
        ("postgresql://[::1]:7/d?sslmode=require", (("::1", 7),), "d", "", ""),
        ("postgresql://%2Frun%2Fpg:6,b:7/d", (("/run/pg", 6), ("b", 7)), "d", "", ""),
        ("postgresql:///d?host=::1,%2Frun%2Fpg&port=6,7", (("::1", 6), ("/run/pg", 7)), "d", "", ""),
    ],
)
def test_a_url_is_read(
    url: str, hosts: tuple[tuple[str, int], ...], name: str, user: str, password: str
) -> None:
    """Hosts, ports, database, user and password come from wherever libpq looks for them."""
    read = target.parse(url)
    assert (read.hosts, read.name, read.user, read.password) == (hosts, name, user, password)
    assert ("sslmode=require" in read.url) == ("sslmode" in url)


def test_a_password_is_shown_nowhere() -> None:
    """Neither what describes a database nor a refusal of its URL has the password."""
    read = target.parse("postgresql://u:secret@a/d?password=secret")
    assert "secret" not in f"{read} {read!r} {read.url}"
    for url in ("http://u:secret@a/d", "postgresql://u:secret@a", "postgresql://u:secret@a:x/d"):
        with pytest.raises(errors.ConfigError) as raised:
            target.parse(url)
        assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        *((f"{name}=1", f'the option "{name}", which meterstatus does not take') for name in NOT_TAKEN),
        ("channel_binding=require", "channel_binding=require, which cannot be had here"),
        ("client_encoding=LATIN1", "client_encoding=LATIN1, which cannot be had here"),
        ("target_session_attrs=standby", "it may be read-write, primary, any"),
        ("connect_timeout=soon", "connect_timeout=soon, which is no number of seconds"),
    ],
)
def test_an_option_that_does_not_work_is_refused_by_name(option: str, words: str) -> None:
    """None of libpq's is passed over in silence, or left to the server's words for it."""
    with pytest.raises(errors.ConfigError, match=words):
        target.parse(f"postgresql://a/d?{option}")


@pytest.mark.parametrize(
    "option", ["channel_binding=prefer", "client_encoding=UTF8", "target_session_attrs=read-write"]
)
def test_an_option_that_asks_for_what_is_so_is_taken(option: str) -> None:
    """And does not reach the server, which would not know it."""
    assert target.parse(f"postgresql://a/d?{option}").url == "postgresql:///d"


@pytest.mark.parametrize(("text", "seconds"), [("7", 7.0), ("1", 2.0), ("0", None), ("-1", None), ("", None)])
def test_the_limit_for_a_connection_is_libpqs(text: str, seconds: float | None) -> None:
    """At least two seconds, and none where it says none."""
    assert target.parse(f"postgresql://a/d?connect_timeout={text}").connect_seconds == seconds


# Connecting.


async def test_options_reach_the_server(postgres_url: str) -> None:
    """A session has the name that it is given beside ours, and the server's options."""
    options = "application_name=billing&options=-c%20work_mem%3D5MB&connect_timeout=9"
    made = await connection.connect(adapter.parse(f"{postgres_url}?{options}"), "test")
    shown = [await made.fetchval(f"SHOW {name}") for name in ("application_name", "work_mem")]
    await made.close()
    assert shown == ["meterstatus test (billing)", "5MB"]


async def test_a_database_that_cannot_hold_every_text_is_refused(postgres_server: postgres.Server) -> None:
    """With the command that makes one that can, before anything is in it."""
    postgres_server.sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    to = adapter.parse(postgres_server.url("latin"))
    with pytest.raises(errors.StoreUnavailableError, match=r"LATIN1.*createdb --encoding UTF8 .* latin"):
        await adapter.create(to, fakes.IDENTITY, [])
    schemas = "SELECT count(*) FROM information_schema.schemata WHERE schema_name = 'meterstatus'"
    assert postgres_server.sql(schemas, "latin") == "0"


async def test_a_file_that_is_not_there_is_named(postgres_url: str) -> None:
    """By the option and its path."""
    url = f"{postgres_url}?sslmode=verify-full&sslrootcert=/nowhere/root.crt"
    assert "no file /nowhere/root.crt that can be read, which sslrootcert names" in await refusal(url)


async def test_a_changed_password_is_found(postgres_server: postgres.Server, postgres_url: str) -> None:
    """With the next connection, and without a restart; where it cannot be found, the last one is tried."""
    postgres_server.sql("CREATE ROLE changing SUPERUSER LOGIN PASSWORD 'first'")
    found: list[str] = []

    def find() -> str:
        if not found:
            raise errors.ConfigError("no such file")
        return found[-1]

    to = adapter.parse(postgres_url.replace("meterstatus:secret", "changing:first"))
    store = await adapter.open_repository(dataclasses.replace(to, find_password=find))
    await store.add_unit("shop/0", "hash", RED, BOB)
    postgres_server.sql("ALTER ROLE changing PASSWORD 'second'")
    found.append("second")
    await asyncio.to_thread(postgres_server.disconnect, place(postgres_url, postgres_server))
    await store.add_unit("shop/1", "hash", RED, BOB)
    await store.close()


async def refusal(url: str) -> str:
    """Return what opening a repository is refused with."""
    with pytest.raises(errors.StoreUnavailableError) as raised:
        await adapter.open_repository(adapter.parse(url))
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)
    return str(raised.value)


async def test_refusals_are_one_line(postgres_server: postgres.Server, postgres_url: str) -> None:
    """No server, no database, a wrong password, another controller's and nobody's are told apart in words."""
    dead = postgres_url.replace(f":{postgres_server.port}/", ":1/")
    assert "cannot connect" in await refusal(dead)
    assert "createdb nothing" in await refusal(postgres_server.url("nothing"))
    wrong = postgres_url.replace("secret", "wrong")
    assert 'does not let "meterstatus" in' in await refusal(wrong)
    assert "no controller in it" in await refusal(postgres_server.url(postgres_server.database()))
    with pytest.raises(errors.StoreUnavailableError, match="is of another controller"):
        await adapter.open_repository(adapter.parse(postgres_url), "another")
    with pytest.raises(errors.ConflictError, match=fakes.IDENTITY.controller_uuid):
        await adapter.create(adapter.parse(postgres_url), fakes.IDENTITY, [])


async def test_the_host_that_can_be_written_is_taken(
    postgres_server: postgres.Server, postgres_url: str
) -> None:
    """A host that is dead is passed over, and a standby, which can only be read, is refused."""
    several = postgres_url.replace("@", "@127.0.0.1:1,")
    async with opened(several) as store:
        await store.add_unit("shop/0", "hash", RED, BOB)
    name = place(postgres_url, postgres_server)
    postgres_server.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "only be read" in await refusal(postgres_url)


async def test_commits_reach_the_disk(postgres_server: postgres.Server, postgres_url: str) -> None:
    """A database set to acknowledge before it has written is told not to; another choice is left."""
    name = place(postgres_url, postgres_server)
    for chosen, held in {"off": "on", "remote_apply": "remote_apply"}.items():
        postgres_server.sql(f"ALTER DATABASE {name} SET synchronous_commit = {chosen}")
        made = await connection.connect(adapter.parse(postgres_url), "test")
        assert await made.fetchval("SHOW synchronous_commit") == held
        await made.close()


# The schema.


async def test_two_controllers_start_at_once(postgres_server: postgres.Server) -> None:
    """Of several that find an empty database, one makes the schema and the others wait for it."""
    url = postgres_server.url(postgres_server.database())
    made = [await connection.connect(adapter.parse(url), "test") for _ in range(4)]
    await asyncio.gather(*(schema.migrate(one) for one in made))
    assert await made[0].fetchval("SELECT version FROM schema_version") == len(schema.scripts())
    for one in made:
        await one.close()


async def test_every_step_of_the_schema_is_taken(postgres_server: postgres.Server) -> None:
    """A database of each earlier release is brought up to date, and keeps what it holds."""
    scripts = schema.scripts()
    for known in range(1, len(scripts)):
        name = postgres_server.database()
        made = await connection.connect(adapter.parse(postgres_server.url(name)), "test")
        await schema.migrate(made, scripts[:known])
        await made.execute("INSERT INTO meta VALUES ('kept', 'x')")
        await schema.migrate(made)
        assert await made.fetchval("SELECT version FROM schema_version") == len(scripts)
        assert await made.fetchval("SELECT value FROM meta") == "x"
        await made.close()


async def test_a_newer_schema_says_who_can_work_on_it(
    monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    """An older release, even while it runs, goes on beside a schema that allows it, and is else refused."""
    made = await connection.connect(adapter.parse(postgres_url), "test")
    known = len(schema.scripts())
    harmless = f"-- compatible from: {known}\nCREATE TABLE more (x int);"
    await schema.migrate(made, [*schema.scripts(), harmless])
    async with opened(postgres_url) as store:
        await store.add_unit("shop/0", "hash", RED, BOB)
        harmful = f"-- compatible from: {known + 2}\nDROP TABLE more;"
        await schema.migrate(made, [*schema.scripts(), harmless, harmful])
        monkeypatch.setattr(writer, "PATIENCE_SECONDS", 1.0)
        with pytest.raises(errors.StoreUnavailableError, match="made by a newer release"):
            await store.add_unit("shop/1", "hash", RED, BOB)
    await made.close()
    assert f"schema {known + 2}, made by a newer release" in await refusal(postgres_url)


async def test_both_databases_have_the_same_columns(tmp_path: pathlib.Path, postgres_url: str) -> None:
    """Whatever table and column SQLite's schema has, PostgreSQL's has."""
    path = tmp_path / "controller.db"
    sqlite.create(path, fakes.IDENTITY, [])
    with contextlib.closing(sqlite3.connect(path)) as of_sqlite:
        wanted = set(
            of_sqlite.execute(
                "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c"
                " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
            )
        )
    made = await connection.connect(adapter.parse(postgres_url), "test")
    rows = await made.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = $1",
        connection.SCHEMA,
    )
    await made.close()
    assert wanted - {(row[0], row[1]) for row in rows} == set()


def test_every_migration_says_who_can_work_on_it() -> None:
    """The first line of each names a release, and none that is later than its own."""
    for number, script in enumerate(schema.scripts(), start=1):
        assert re.match(r"-- compatible from: \d+\n", script)
        assert 1 <= schema.compatible_from(script) <= number


# The order of revisions.


async def test_revisions_become_visible_in_their_order(postgres_url: str) -> None:
    """Two controllers write at once, and a third hears each change once and in order, and misses none."""
    follower = Follower()
    async with opened(postgres_url) as one, opened(postgres_url) as two, opened(postgres_url) as reader:
        await reader.follow(follower)

        async def write(store: repositories.SQLRepository, name: str) -> None:
            for number in range(15):
                await store.add_unit(f"{name}/{number}", "hash", RED, BOB)

        stores = itertools.cycle((one, two))
        await asyncio.gather(*(write(next(stores), f"app{number}") for number in range(10)))
        await until(lambda: len(follower.updates) == 150)
        assert follower.revisions == sorted(set(follower.revisions))
        assert follower.revisions == [change.revision for change in await one.history(limit=1000)][::-1]


async def test_a_lost_notification_costs_a_second(
    postgres_server: postgres.Server, postgres_url: str
) -> None:
    """Without any notification another controller's change is told all the same."""
    postgres_server.sql(
        f"DROP TRIGGER tell_of_changes ON {connection.SCHEMA}.changes", place(postgres_url, postgres_server)
    )
    follower = Follower()
    async with opened(postgres_url) as one, opened(postgres_url) as two:
        await two.follow(follower)
        await one.add_unit("shop/0", "hash", RED, BOB)
        await until(lambda: follower.updates, tailing.POLL_SECONDS + 5)


async def test_a_notification_wakes_the_tail(monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    """With one, nobody waits for the next look."""
    monkeypatch.setattr(tailing, "POLL_SECONDS", 3600.0)
    follower = Follower()
    async with opened(postgres_url) as one, opened(postgres_url) as two:
        await two.follow(follower)
        await one.add_unit("shop/0", "hash", RED, BOB)
        await until(lambda: follower.updates)


async def test_more_changes_than_are_told_at_once(monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    """Of many changes at once each is told, in order and without a wait, whoever made them."""
    monkeypatch.setattr(tailing, "POLL_SECONDS", 3600.0)
    monkeypatch.setattr(tailing, "MOST_AT_ONCE", 2)
    follower = Follower()
    async with opened(postgres_url) as one, opened(postgres_url) as two:
        await asyncio.gather(*(one.add_unit(f"shop/{number}", "hash", RED, BOB) for number in range(4)))
        await two.follow(follower)
        await one.set_application_status("shop", status.MeterStatus("AMBER"), BOB)
        await until(lambda: len(follower.updates) == 4)
        assert follower.revisions == [5, 6, 7, 8]
        assert all(update.unit and str(update.unit.status.code) == "AMBER" for update in follower.updates)


async def test_a_look_does_not_grow_with_the_fleet(postgres_url: str) -> None:
    """The plan of a look goes by indexes to what is new, whatever there is of units and changes."""
    made = await connection.connect(adapter.parse(postgres_url), "test")
    await made.execute("SET plan_cache_mode = force_generic_plan")
    await made.execute(f"PREPARE look AS {wording.statement('read_tail').text}")
    plan = "\n".join(row[0] for row in await made.fetch("EXPLAIN EXECUTE look(0, 1000)"))
    await made.close()
    assert "units_pkey on units" in plan
    assert not re.search("Seq Scan on (units|changes)", plan), plan


async def test_a_set_is_three_messages_and_a_look(monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    """Begin with the lock, change, commit; then the tail looks, at most once more than it was woken."""
    said: dict[str, list[str]] = {}
    connect = connection.connect

    async def listened_to(to: target.Target, purpose: str) -> connection.Connection:
        made = await connect(to, purpose)
        made.add_query_logger(lambda record: said.setdefault(purpose, []).append(record.query))
        return made

    monkeypatch.setattr(connection, "connect", listened_to)
    monkeypatch.setattr(tailing, "POLL_SECONDS", 3600.0)
    async with opened(postgres_url) as store:
        await store.follow(Follower())
        await store.add_unit("shop/0", "hash", records.NOT_SET, BOB)
        for _ in range(3):  # the notification comes with one of these at the latest, and costs a look
            await store.catch_up()
        said.clear()
        await store.set_unit_status("shop/0", RED, BOB)
        assert [words.split()[0] for words in said["writer"]] == ["BEGIN", "--", "INSERT"]
        assert 1 <= len(said["tail"]) <= 2


async def test_work_that_fails_leaves_nothing(postgres_url: str) -> None:
    """Of work that shares a commit, what fails is undone, a value that the database refuses included."""
    async with opened(postgres_url) as store:
        names = ("shop/0", "shop/0", "shop/\0", "shop/1")
        calls = (store.add_unit(name, "hash", RED, BOB) for name in names)
        results = await asyncio.gather(*calls, return_exceptions=True)
        kinds = [type(result) for result in results]
        assert kinds == [type(None), errors.ConflictError, errors.StoreUnavailableError, type(None)]
        assert [change.unit for change in await store.history()] == ["shop/1", "shop/0"]


# Time.


async def test_time_is_the_databases(postgres_server: postgres.Server, postgres_url: str) -> None:
    """What time it is, is said by the database, with when that was by the loop's clock."""
    async with opened(postgres_url) as store:
        now, loop = "SELECT clock_timestamp() AT TIME ZONE 'UTC'", asyncio.get_running_loop()
        before, asked = postgres_server.sql(now), loop.time()
        answer = await store.time()
        after, answered = postgres_server.sql(now), loop.time()
    assert answer is not None
    bounds = [datetime.datetime.fromisoformat(f"{text}+00:00") for text in (before, after)]
    assert bounds[0] <= answer.at <= bounds[1]
    assert asked <= answer.when <= answered
    assert answer.spread <= bounds[1] - bounds[0]


# Failures.


@pytest.fixture
async def proxy(postgres_server: postgres.Server) -> AsyncIterator[postgres_proxy.Proxy]:
    """Give a network that can fail, in front of the server."""
    made = postgres_proxy.Proxy(postgres_server.port)
    await made.start()
    yield made
    await made.stop()


def through(proxy: postgres_proxy.Proxy, url: str, server: postgres.Server) -> str:
    """Return a URL that leads through the proxy."""
    return url.replace(f":{server.port}/", f":{proxy.port}/")


async def test_killed_connections_lose_nothing(postgres_server: postgres.Server, postgres_url: str) -> None:
    """Every connection is ended again and again: each acknowledged change is there once, and told once."""
    follower = Follower()
    async with opened(postgres_url) as store:
        await store.follow(follower)

        async def write(name: str) -> None:
            for number in range(20):
                await store.add_unit(f"{name}/{number}", "hash", RED, BOB)
                made.append(name)

        made: list[str] = []
        writing = asyncio.gather(*(write(f"app{number}") for number in range(4)))
        while not writing.done():
            before = len(made)
            await asyncio.to_thread(postgres_server.disconnect, place(postgres_url, postgres_server))
            # However long it takes to connect: one that is ended before it did anything shows nothing.
            await until(lambda before=before: len(made) > before or writing.done())
        await writing
        await until(lambda: len(follower.updates) == 80)
        assert follower.revisions == sorted(set(follower.revisions))
        assert len({update.change.unit for update in follower.updates}) == 80


@pytest.mark.parametrize("way", [postgres_proxy.Way.LOSES_ANSWER, postgres_proxy.Way.LOSES_COMMIT])
async def test_a_commit_without_an_answer_is_looked_for(
    way: postgres_proxy.Way, proxy: postgres_proxy.Proxy, postgres_server: postgres.Server, postgres_url: str
) -> None:
    """Whether the COMMIT or its answer was lost: the call succeeds, and the change is made once."""
    async with opened(through(proxy, postgres_url, postgres_server)) as store:
        await store.add_unit("shop/0", "hash", RED, BOB)
        proxy.way = way
        await store.add_unit("shop/1", "hash", RED, BOB)
        assert [change.unit for change in await store.history()] == ["shop/1", "shop/0"]


async def test_an_unknown_end_is_said_to_be_unknown(
    monkeypatch: pytest.MonkeyPatch,
    proxy: postgres_proxy.Proxy,
    postgres_server: postgres.Server,
    postgres_url: str,
) -> None:
    """Where the database does not come back to say what became of a COMMIT, nobody claims to know."""
    monkeypatch.setattr(writer, "ANSWER_SECONDS", 2.0)
    monkeypatch.setattr(tailing, "TOLD_SECONDS", 0.1)
    async with opened(through(proxy, postgres_url, postgres_server)) as store:
        proxy.way = postgres_proxy.Way.LOSES_ANSWER_AND_CLOSES
        with pytest.raises(errors.OutcomeUnknownError, match="look at the history"):
            await store.add_unit("shop/0", "hash", RED, BOB)
        proxy.way = postgres_proxy.Way.OPEN
        assert [change.unit for change in await store.history()] == ["shop/0"]


async def is_waited_for(server: postgres.Server) -> None:
    """Wait until a COMMIT waits for the standby."""
    question = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    async with asyncio.timeout(15):
        while await asyncio.to_thread(server.sql, question) == "0":  # noqa: ASYNC110 - the server's event
            await asyncio.sleep(0.02)


async def is_cut_short(server: postgres.Server) -> None:
    """Cut the wait for the standby short, as an administrator does to get unstuck."""
    await is_waited_for(server)
    cancelled = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    await asyncio.to_thread(server.sql, cancelled)


async def is_restarted(server: postgres.Server) -> None:
    """End the server while a COMMIT waits for the standby, and start it again."""
    await is_waited_for(server)
    await asyncio.to_thread(server.stop, "immediate")
    await asyncio.to_thread(server.start)


@pytest.mark.parametrize("wait_ends", [is_cut_short, is_restarted])
async def test_what_no_standby_has_is_not_acknowledged(
    wait_ends: Callable[[postgres.Server], Awaitable[None]],
    postgres_server: postgres.Server,
    postgres_url: str,
) -> None:
    """A change whose wait for the standby was cut short is answered once the standby has it, and then."""
    async with opened(postgres_url) as store:
        await store.add_unit("shop/0", "hash", RED, BOB)
        with postgres_server.receiving() as standby:
            standby.freeze()
            adding = asyncio.ensure_future(store.add_unit("shop/1", "hash", RED, BOB))
            await wait_ends(postgres_server)
            await is_waited_for(postgres_server)
            assert not adding.done()
            standby.end()
            standby.start()
            await adding
        assert [change.unit for change in await store.history()] == ["shop/1", "shop/0"]


async def test_a_change_with_no_standby_to_have_it_is_not_begun(
    monkeypatch: pytest.MonkeyPatch, postgres_server: postgres.Server, postgres_url: str
) -> None:
    """Where the standby is known to be away, a change waits for it, is refused, and was not made."""
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 1.0)
    async with opened(postgres_url) as store:
        with postgres_server.receiving() as standby:
            standby.end()
            with pytest.raises(errors.StoreUnavailableError, match="no synchronous standby is connected"):
                await store.add_unit("shop/1", "hash", RED, BOB)
            standby.start()
            monkeypatch.undo()
            await store.add_unit("shop/2", "hash", RED, BOB)
        assert [change.unit for change in await store.history()] == ["shop/2"]


async def test_our_own_limit_cuts_no_wait_for_a_standby_short(
    monkeypatch: pytest.MonkeyPatch, postgres_server: postgres.Server, postgres_url: str
) -> None:
    """Where the standby takes too long, nobody knows, and what it may not have shows to nobody."""
    async with opened(postgres_url) as store, opened(postgres_url) as other:
        with postgres_server.receiving() as standby:
            await store.add_unit("shop/0", "hash", RED, BOB)
            standby.freeze()
            monkeypatch.setattr(connection, "COMMAND_SECONDS", 1.0)
            monkeypatch.setattr(writer, "ANSWER_SECONDS", 2.0)
            with pytest.raises(errors.OutcomeUnknownError, match="may have been made"):
                await store.add_unit("shop/1", "hash", RED, BOB)
            assert [change.unit for change in await other.history()] == ["shop/0"]
            monkeypatch.undo()
            standby.end()
            standby.start()
            await store.add_unit("shop/2", "hash", RED, BOB)
        assert [change.unit for change in await store.history()] == ["shop/2", "shop/1", "shop/0"]


async def test_a_controller_is_made_once_the_standby_has_it(
    monkeypatch: pytest.MonkeyPatch, postgres_server: postgres.Server
) -> None:
    """A new controller whose standby does not answer is not said to be made."""
    to = adapter.parse(postgres_server.url(postgres_server.database()))
    made = await connection.connect(to, "test")
    await schema.migrate(made)
    await made.close()
    monkeypatch.setattr(connection, "COMMAND_SECONDS", 1.0)
    with postgres_server.receiving() as standby:
        standby.freeze()
        with pytest.raises(errors.OutcomeUnknownError, match="did not say that it has kept"):
            await adapter.create(to, fakes.IDENTITY, [])


async def test_a_database_out_of_reach_is_noticed_and_found_again(
    monkeypatch: pytest.MonkeyPatch,
    proxy: postgres_proxy.Proxy,
    postgres_server: postgres.Server,
    postgres_url: str,
) -> None:
    """In a black hole calls fail in time, it shows since when nothing is certain, and then all goes on."""
    monkeypatch.setattr(connection, "COMMAND_SECONDS", 1.0)
    follower = Follower()
    async with opened(through(proxy, postgres_url, postgres_server)) as store, opened(postgres_url) as other:
        await store.follow(follower)
        monkeypatch.setattr(connection, "CONNECT_SECONDS", 1.0)
        monkeypatch.setattr(writer, "PATIENCE_SECONDS", 0.5)
        proxy.way = postgres_proxy.Way.BLACK_HOLE
        with pytest.raises(errors.StoreUnavailableError):
            await store.add_unit("shop/0", "hash", RED, BOB)
        await other.add_unit("shop/1", "hash", RED, BOB)
        assert store.unconfirmed_for() > datetime.timedelta(seconds=0.3)
        proxy.way = postgres_proxy.Way.OPEN
        await until(lambda: follower.updates)
        assert [update.change.unit for update in follower.updates] == ["shop/1"]
        await until(lambda: store.unconfirmed_for() < datetime.timedelta(seconds=1.5))


async def test_what_was_not_begun_in_time_is_never_made(
    monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    """Changes that wait for others' are refused when their time is over, and are not made afterwards."""
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 0.3)
    other = await connection.connect(adapter.parse(postgres_url), "test")
    async with opened(postgres_url) as store:
        await other.execute(f"SELECT pg_advisory_lock({schema.LOCK})")
        calls = [
            asyncio.ensure_future(store.add_unit(f"shop/{number}", "hash", RED, BOB)) for number in (0, 1)
        ]
        await asyncio.wait(calls, timeout=connection.COMMAND_SECONDS / 2)
        refused = [type(call.exception()) for call in calls if call.done()]
        assert refused == [errors.StoreUnavailableError] * 2
        await other.execute(f"SELECT pg_advisory_unlock({schema.LOCK})")
        monkeypatch.undo()
        await store.add_unit("shop/2", "hash", RED, BOB)
        assert [change.unit for change in await store.history()] == ["shop/2"]
    await other.close()


async def test_a_read_ends_in_time(monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    """A read that the server does not answer fails when its time is over, and so does the next one."""
    monkeypatch.setattr(database, "READ_SECONDS", 0.3)
    other = await connection.connect(adapter.parse(postgres_url), "test")
    async with opened(postgres_url) as store:
        async with other.transaction():
            await other.execute("LOCK TABLE changes")
            calls = [asyncio.ensure_future(store.history()) for _ in range(2)]
            await asyncio.wait(calls, timeout=connection.COMMAND_SECONDS / 2)
            assert [type(call.exception()) for call in calls if call.done()] == [
                errors.StoreUnavailableError
            ] * 2
        assert await store.history() == []
    await other.close()


async def test_a_frozen_writer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    """Who holds the lock of writers and says nothing loses it."""
    monkeypatch.setattr(connection, "ABANDONED_SECONDS", 0.3)
    frozen = await connection.connect(adapter.parse(postgres_url), "frozen")
    await frozen.execute(f"BEGIN; SELECT pg_advisory_xact_lock({schema.LOCK})")
    async with opened(postgres_url) as store:
        await store.add_unit("shop/0", "hash", RED, BOB)
    frozen.terminate()


async def test_a_database_led_back_is_read_again(
    postgres_server: postgres.Server, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Led back to a copy, even one with as many changes, all is given again and loudly; then it goes on."""
    name = place(postgres_url, postgres_server)
    async with opened(postgres_url) as first:
        await first.add_unit("shop/0", "hash", RED, BOB)
    copy = postgres_server.database(name)
    async with opened(postgres_server.url(copy)) as elsewhere:
        await elsewhere.add_unit("other/0", "hash", RED, BOB)
    follower = Follower()
    async with opened(postgres_url) as store:
        await store.follow(follower, follower.reloaded.append)
        await store.add_unit("shop/1", "hash", RED, BOB)
        await asyncio.to_thread(swap, postgres_server, name, copy)
        with caplog.at_level(logging.CRITICAL):
            await until(lambda: follower.reloaded)
        assert "led back" in caplog.text
        assert [unit.name for unit in follower.reloaded[0].units] == ["other/0", "shop/0"]
        await store.add_unit("shop/2", "hash", RED, BOB)
        assert [update.change.unit for update in follower.updates] == ["shop/1", "shop/2"]


def swap(server: postgres.Server, name: str, copy: str) -> None:
    """Put a copy in the place of a database, whose connections end."""
    server.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    server.disconnect(name)
    server.sql(f"ALTER DATABASE {name} RENAME TO {name}_gone")
    server.sql(f"ALTER DATABASE {copy} RENAME TO {name}")


async def test_a_host_whose_name_nobody_answers_is_not_left_to_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its own look-up cannot be ended, and the controller's end would wait for it."""
    answering = threading.Event()

    def look_up(_: str) -> Any:
        answering.wait(30)
        return []

    async def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("the library looks the name up by itself")

    monkeypatch.setattr(connection, "_resolver", resolving.Resolver(look_up))
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.01)
    monkeypatch.setattr(asyncpg, "connect", fail)
    with pytest.raises(errors.StoreUnavailableError, match="cannot connect to database"):
        await connection.connect(target.parse("postgresql://db.example/of"), "test")
    answering.set()
