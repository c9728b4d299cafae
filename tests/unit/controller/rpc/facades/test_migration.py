"""MigrationMinion and MigrationStatusWatcher: what a whole Juju agent waits for before it works."""

import asyncio
from typing import Any

from harness import controller_bench, rpc
from meterstatus.controller import settings

NOT_MIGRATING: dict[str, Any] = {
    "response": {
        "migration-id": "",
        "attempt": 0,
        "phase": "NONE",
        "source-api-addrs": [],
        "source-ca-cert": "",
        "target-api-addrs": [],
        "target-ca-cert": "",
    }
}
UNKNOWN = rpc.failure("unknown watcher id", "not found")
WATCHER = "MigrationStatusWatcher"


async def test_once_there_is_no_migration_and_then_nothing(bench: controller_bench.Bench) -> None:
    """Watch takes no params and gives one watcher; its first Next says NONE, the second waits for ever."""
    client = await bench.agent()
    assert await client.call("MigrationMinion", 1, "Watch") == {"response": {"NotifyWatcherId": "1"}}
    assert await client.call(WATCHER, 1, "Next", object_id="1") == NOT_MIGRATING
    waiting = client.ask(WATCHER, 1, "Next", object_id="1")
    await asyncio.sleep(0)
    assert client.answer(waiting) is None
    assert await client.call(WATCHER, 1, "Stop", object_id="1") == {"response": {}}
    for _ in range(4):
        await asyncio.sleep(0)
    assert client.answer(waiting) == rpc.failure("watcher has been stopped", "stopped")
    for method in ("Next", "Stop"):
        assert await client.call(WATCHER, 1, method, object_id="1") == UNKNOWN


async def test_an_id_belongs_to_one_facade(bench: controller_bench.Bench) -> None:
    """A watcher of a migration is unknown to NotifyWatcher, and one of a status to this (5.2)."""
    client = await bench.agent()
    await client.call("MigrationMinion", 1, "Watch")
    assert await client.call("NotifyWatcher", 1, "Next", object_id="1") == UNKNOWN
    own = {"entities": [{"tag": "unit-shop-0"}]}
    await client.call("MeterStatus", 2, "WatchMeterStatus", own)
    assert await client.call(WATCHER, 1, "Next", object_id="2") == UNKNOWN


async def test_watchers_have_a_limit() -> None:
    """Beyond what a connection may have, the result has the error in it."""
    async with controller_bench.running(settings.Settings(max_watchers=1)) as bench:
        client = await bench.agent()
        await client.call("MigrationMinion", 1, "Watch")
        answer = await client.call("MigrationMinion", 1, "Watch")
        assert answer["response"] == {
            "NotifyWatcherId": "",
            "error": {"message": "too many watchers on this connection", "code": "try again"},
        }


async def test_a_report_is_taken(bench: controller_bench.Bench) -> None:
    """An agent may say what it did in a phase; nobody waits for it."""
    client = await bench.agent()
    report = {"migration-id": "1", "phase": "ABORT", "success": True}
    assert await client.call("MigrationMinion", 1, "Report", report) == {"response": {}}


async def test_users_have_none_of_it(bench: controller_bench.Bench) -> None:
    """A user is denied."""
    client = await bench.user()
    denied = rpc.failure("permission denied", "unauthorized access")
    assert await client.call("MigrationMinion", 1, "Watch") == denied
    assert await client.call(WATCHER, 1, "Next", object_id="1") == denied
