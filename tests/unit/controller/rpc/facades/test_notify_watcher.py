"""The events of a watch (spec juju-api, 5)."""

import asyncio

from harness import controller_bench, rpc

OWN = "unit-shop-0"


async def test_a_wait_may_ask_to_be_told_the_status(bench: controller_bench.Bench) -> None:
    """Ours: an event then says what the unit is told; a Next that does not ask is answered as Juju does."""
    client = await bench.agent()
    await client.results("MeterStatus", 2, "WatchMeterStatus", rpc.entities(OWN))
    asking = client.ask("NotifyWatcher", 1, "Next", {"tell-status": True}, object_id="1")
    await bench.set_status("shop/0", "RED", "over budget")
    told = {"code": "RED", "info": "over budget", "policy": {"revision": 3, "epoch": 1}}
    assert client.answer(asking) == {"response": told}

    plain = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    await bench.set_status("shop/0", "GREEN")
    assert client.answer(plain) == {"response": {}}


async def test_a_stopped_watcher_is_gone(bench: controller_bench.Bench) -> None:
    """Stop fails the pending Next; a second Stop and a later Next find nothing (5.2)."""
    client = await bench.agent()
    await client.results("MeterStatus", 2, "WatchMeterStatus", rpc.entities(OWN))
    waiting = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    assert await client.call("NotifyWatcher", 1, "Stop", object_id="1") == {"response": {}}
    await asyncio.sleep(0)
    assert client.answer(waiting) == rpc.failure("watcher has been stopped", "stopped")
    unknown = rpc.failure("unknown watcher id", "not found")
    for method in ("Stop", "Next"):
        for object_id in ("1", "2", "", "x"):
            assert await client.call("NotifyWatcher", 1, method, object_id=object_id) == unknown
