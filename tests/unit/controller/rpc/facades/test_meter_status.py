"""An agent reads and watches its own unit's status, and keeps its state (spec juju-api, 4 and 5)."""

import asyncio
from typing import Any

import pytest

from harness import controller_bench, rpc

OWN = "unit-shop-0"
GONE = {"message": 'unit "shop/0" not found', "code": "not found"}


async def test_an_agent_reads_its_own_status(bench: controller_bench.Bench) -> None:
    """Each entity has its own result: the own unit a status, others and rubbish are denied (4.2)."""
    client = await bench.agent()
    await bench.set_status("shop/0", "RED", "over budget")
    tags = (OWN, "unit-shop-1", "unit-shop-9", "application-shop", "rubbish", "unit-shop/0")
    found = await client.results("MeterStatus", 2, "GetMeterStatus", rpc.entities(*tags))
    denied = {"code": "", "info": "", "error": rpc.DENIED}
    red = {"code": "RED", "info": "over budget"}
    assert found == [red, denied, denied, denied, denied, red]


@pytest.mark.parametrize("params", [{"entities": []}, {"entities": None}, {}, None])
async def test_no_entities_give_no_results(bench: controller_bench.Bench, params: object) -> None:
    """An empty, null or missing list is an empty list of results (4.2, 11.1)."""
    client = await bench.agent()
    for method in ("GetMeterStatus", "WatchMeterStatus", "State", "SetState"):
        assert await client.results("MeterStatus", 2, method, params) == []


async def test_a_fresh_unit_is_amber(bench: controller_bench.Bench) -> None:
    """A unit nobody has set is AMBER "not set" (7.3)."""
    client = await bench.agent()
    found = await client.results("MeterStatus", 2, "GetMeterStatus", rpc.entities(OWN))
    assert found == [{"code": "AMBER", "info": "not set"}]


async def test_a_watch_takes_the_first_event(bench: controller_bench.Bench) -> None:
    """The answer is the first event: Next waits until the next change, and no change is lost (4.4)."""
    client = await bench.agent()
    found = await client.results("MeterStatus", 2, "WatchMeterStatus", rpc.entities(OWN, "unit-shop-1", OWN))
    assert found == [
        {"NotifyWatcherId": "1"},
        {"NotifyWatcherId": "", "error": rpc.DENIED},
        {"NotifyWatcherId": "2"},
    ]
    await bench.set_status("shop/0", "RED")
    await bench.set_status("shop/0", "GREEN")
    assert await client.call("NotifyWatcher", 1, "Next", object_id="1") == {"response": {}}
    waiting = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    assert client.answer(waiting) is None
    assert await client.call("NotifyWatcher", 1, "Next", object_id="2") == {"response": {}}


async def test_only_a_real_change_fires(bench: controller_bench.Bench) -> None:
    """The same status again, another unit, stored state and a password fire nothing (7.5)."""
    client = await bench.agent()
    await bench.set_status("shop/0", "RED", "x")
    await client.results("MeterStatus", 2, "WatchMeterStatus", rpc.entities(OWN))
    waiting = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    await bench.set_status("shop/0", "RED", "x")
    await bench.set_status("shop/1", "RED", "x")
    await client.results("MeterStatus", 2, "SetState", {"args": [{"tag": OWN, "uniter-state": "u"}]})
    change = {"changes": [{"tag": OWN, "password": "p" * 24}]}
    assert await client.results("Agent", 3, "SetPasswords", change) == [{}]
    assert client.answer(waiting) is None
    await bench.set_status("shop/0", "RED", "y")
    await asyncio.sleep(0)
    assert client.answer(waiting) == {"response": {}}


async def test_a_removed_unit_hears_of_it(bench: controller_bench.Bench) -> None:
    """Removal fires the watch, and the unit is then not found, also once one of its name is back (4.2)."""
    client, admin = await bench.agent(), await bench.user()
    await client.results("MeterStatus", 2, "WatchMeterStatus", rpc.entities(OWN))
    units = {"units": [{"unit": "shop/0", "reason": "sold"}]}
    assert await admin.results("MeterStatusAdmin", 1, "RemoveUnits", units) == [{}]
    assert await client.call("NotifyWatcher", 1, "Next", object_id="1") == {"response": {}}
    for _ in range(2):
        found = await client.results("MeterStatus", 2, "GetMeterStatus", rpc.entities(OWN))
        assert found == [{"code": "NOT AVAILABLE", "info": "", "error": GONE}]
        found = await client.results("MeterStatus", 2, "WatchMeterStatus", rpc.entities(OWN))
        assert found == [{"NotifyWatcherId": "", "error": GONE}]
        assert await client.results("MeterStatus", 2, "State", rpc.entities(OWN)) == [{"error": GONE}]
        args = {"args": [{"tag": OWN, "meter-status-state": "x"}]}
        assert await client.results("MeterStatus", 2, "SetState", args) == [{"error": GONE}]
        answer = await client.call("Agent", 3, "GetEntities", rpc.entities(OWN))
        assert answer["response"]["entities"][0]["error"] == GONE
        await admin.results("MeterStatusAdmin", 1, "AddUnits", {"units": [{"unit": "shop/0"}]})


async def test_state_comes_back_as_it_was_stored(bench: controller_bench.Bench) -> None:
    """Every part is kept, only named parts are touched, an empty one goes, maps stay maps (4.3)."""
    client = await bench.agent()
    parts: dict[str, Any] = {
        "charm-state": {"key": "value"},
        "uniter-state": "u",
        "relation-state": {"1": "r"},
        "storage-state": "s",
        "secret-state": "c",
        "meter-status-state": "status-code: RED\n",
    }
    assert await client.results("MeterStatus", 2, "State", rpc.entities(OWN)) == [{}]
    args = {"args": [{"tag": OWN} | parts]}
    assert await client.results("MeterStatus", 2, "SetState", args) == [{}]
    assert await client.results("MeterStatus", 2, "State", rpc.entities(OWN)) == [parts]
    some: dict[str, Any] = {
        "tag": OWN,
        "uniter-state": "",
        "charm-state": {},
        "storage-state": None,
        "secret-state": "d",
    }
    assert await client.results("MeterStatus", 2, "SetState", {"args": [some]}) == [{}]
    del parts["uniter-state"], parts["charm-state"]
    parts["secret-state"] = "d"
    assert await client.results("MeterStatus", 2, "State", rpc.entities(OWN)) == [parts]


async def test_foreign_state_is_denied(bench: controller_bench.Bench) -> None:
    """What is no unit tag is told so without a code, other units are denied (4.2)."""
    client = await bench.agent()
    tags = ("unit-shop-1", "application-shop", "rubbish")
    expected = [
        {"error": rpc.DENIED},
        {"error": {"message": '"application-shop" is not a valid unit tag', "code": ""}},
        {"error": {"message": '"rubbish" is not a valid tag', "code": ""}},
    ]
    assert await client.results("MeterStatus", 2, "State", rpc.entities(*tags)) == expected
    args = {"args": [{"tag": tag, "uniter-state": "x"} for tag in tags]}
    assert await client.results("MeterStatus", 2, "SetState", args) == expected


async def test_too_much_state_is_refused(bench: controller_bench.Bench) -> None:
    """More than the quota fails with its code and stores nothing (4.2)."""
    client = await bench.agent()
    args = {"args": [{"tag": OWN, "meter-status-state": "x" * 524289}]}
    (found,) = await client.results("MeterStatus", 2, "SetState", args)
    assert found["error"]["code"] == "quota limit exceeded"
    assert found["error"]["message"].endswith("max allowed size (524288) exceeded")
    assert await client.results("MeterStatus", 2, "State", rpc.entities(OWN)) == [{}]
