"""AllWatcher over the wire: a model as it changes (8.4)."""

import asyncio
from typing import Any

from harness import controller_bench, repository, rpc
from meterstatus.testing import virtual_time

NOW = virtual_time.START.isoformat().replace("+00:00", "Z")
OWN_MODEL_PATH = f"/model/{repository.IDENTITY.controller_model_uuid}/api"
UNKNOWN = rpc.failure("unknown watcher id", "not found")


async def watch(client: rpc.MemoryClient) -> str:
    """Begin to watch and return the watcher's id."""
    return (await client.call("Client", 6, "WatchAll"))["response"]["watcher-id"]


async def next_deltas(client: rpc.MemoryClient, watcher_id: str) -> list[Any]:
    """Return the next deltas as kinds, changes and names."""
    answer = await client.call("AllWatcher", 3, "Next", object_id=watcher_id)
    return [(kind, change, entity["name"]) for kind, change, entity in answer["response"]["deltas"]]


async def test_a_watch_tells_everything_and_then_what_changes(bench: controller_bench.Bench) -> None:
    """The first Next answers at once, a later one waits for a change, and the id's key may be Id."""
    client = await bench.user("reader")
    watcher_id = await watch(client)
    client.raw(b'{"request-id": 77, "type": "AllWatcher", "version": 3, "request": "Next", "Id": "1"}')
    for _ in range(3):
        await asyncio.sleep(0)
    first = client.answer(77)
    assert first is not None
    assert [kind for kind, _, _ in first["response"]["deltas"]] == ["model", "application", "unit", "unit"]
    waiting = client.ask("AllWatcher", 3, "Next", object_id=watcher_id)
    await asyncio.sleep(0)
    assert client.answer(waiting) is None
    await bench.set_status("shop/0", "RED", "over budget")
    await asyncio.sleep(0)
    answer = client.answer(waiting)
    assert answer is not None
    ((kind, change, unit),) = answer["response"]["deltas"]
    assert (kind, change, unit["name"]) == ("unit", "change", "shop/0")
    assert unit["meter-status"] == {"color": "red", "message": "over budget"}


async def test_a_stopped_watch_says_so(bench: controller_bench.Bench) -> None:
    """Stop fails the Next that waits, without a code; afterwards the id is unknown (8.4, 5.2)."""
    client = await bench.user()
    watcher_id = await watch(client)
    await next_deltas(client, watcher_id)
    waiting = client.ask("AllWatcher", 3, "Next", object_id=watcher_id)
    assert await client.call("AllWatcher", 3, "Stop", object_id=watcher_id) == {"response": {}}
    await asyncio.sleep(0)
    assert client.answer(waiting) == rpc.failure("watcher was stopped")
    for method in ("Next", "Stop"):
        assert await client.call("AllWatcher", 3, method, object_id=watcher_id) == UNKNOWN


async def test_an_id_belongs_to_one_facade(bench: controller_bench.Bench) -> None:
    """A watcher of a model is unknown to NotifyWatcher, and no id at all to AllWatcher (5.2)."""
    client = await bench.user()
    watcher_id = await watch(client)
    for method in ("Next", "Stop"):
        assert await client.call("NotifyWatcher", 1, method, object_id=watcher_id) == UNKNOWN
        assert await client.call("AllWatcher", 3, method) == UNKNOWN
    assert len(await next_deltas(client, watcher_id)) == 4


async def test_who_leaves_takes_the_watch_along(bench: controller_bench.Bench) -> None:
    """A lost connection leaves no watcher behind."""
    client = await bench.user()
    watcher_id = await watch(client)
    await next_deltas(client, watcher_id)
    client.ask("AllWatcher", 3, "Next", object_id=watcher_id)
    assert len(bench.fleet.model_watchers) == 1
    client.leave()
    assert len(bench.fleet.model_watchers) == 0


async def test_nothing_happens_in_the_controllers_own_model(bench: controller_bench.Bench) -> None:
    """It is told once, and nothing that happens elsewhere shows there."""
    client = await bench.user("admin", OWN_MODEL_PATH)
    watcher_id = await watch(client)
    assert await next_deltas(client, watcher_id) == [("model", "change", "controller")]
    waiting = client.ask("AllWatcher", 3, "Next", object_id=watcher_id)
    await bench.set_status("shop/0", "RED")
    await asyncio.sleep(0)
    assert client.answer(waiting) is None
