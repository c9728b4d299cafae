"""What the facades do with units, statuses, states and history (spec juju-api, 4, 5, 6 and 9.1)."""

import asyncio
from typing import Any

import pytest

from harness import controller_bench, repository, rpc
from meterstatus.testing import virtual_time

OWN = "unit-shop-0"
DENIED = {"message": "permission denied", "code": "unauthorized access"}
GONE = {"message": 'unit "shop/0" not found', "code": "not found"}
NOW = virtual_time.START.isoformat().replace("+00:00", "Z")


def entities(*tags: str) -> dict[str, Any]:
    """Return params that name entities."""
    return {"entities": [{"tag": tag} for tag in tags]}


async def results(
    client: rpc.MemoryClient, facade: str, version: int, method: str, params: object
) -> list[dict[str, Any]]:
    """Call a method and return its results."""
    answer = await client.call(facade, version, method, params)
    assert "error" not in answer, answer
    return answer["response"]["results"]


async def set_statuses(client: rpc.MemoryClient, *statuses: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Set statuses, each a tag, code and info."""
    statues = [{"tag": tag, "code": code, "info": info} for tag, code, info in statuses]
    return await results(client, "MetricsDebug", 2, "SetMeterStatus", {"statues": statues})


# MeterStatus


async def test_an_agent_reads_its_own_status(bench: controller_bench.Bench) -> None:
    """Each entity has its own result: the own unit a status, others and rubbish are denied (4.2)."""
    client = await bench.agent()
    await bench.set_status("shop/0", "RED", "over budget")
    tags = (OWN, "unit-shop-1", "unit-shop-9", "application-shop", "rubbish", "unit-shop/0")
    found = await results(client, "MeterStatus", 2, "GetMeterStatus", entities(*tags))
    denied = {"code": "", "info": "", "error": DENIED}
    red = {"code": "RED", "info": "over budget"}
    assert found == [red, denied, denied, denied, denied, red]


@pytest.mark.parametrize("params", [{"entities": []}, {"entities": None}, {}, None])
async def test_no_entities_give_no_results(bench: controller_bench.Bench, params: object) -> None:
    """An empty, null or missing list is an empty list of results (4.2, 11.1)."""
    client = await bench.agent()
    for method in ("GetMeterStatus", "WatchMeterStatus", "State", "SetState"):
        assert await results(client, "MeterStatus", 2, method, params) == []


async def test_a_fresh_unit_is_amber(bench: controller_bench.Bench) -> None:
    """A unit nobody has set is AMBER "not set" (7.3)."""
    client = await bench.agent()
    found = await results(client, "MeterStatus", 2, "GetMeterStatus", entities(OWN))
    assert found == [{"code": "AMBER", "info": "not set"}]


async def test_a_watch_takes_the_first_event(bench: controller_bench.Bench) -> None:
    """The answer is the first event: Next waits until the next change, and no change is lost (4.4)."""
    client = await bench.agent()
    found = await results(client, "MeterStatus", 2, "WatchMeterStatus", entities(OWN, "unit-shop-1", OWN))
    assert found == [
        {"NotifyWatcherId": "1"},
        {"NotifyWatcherId": "", "error": DENIED},
        {"NotifyWatcherId": "2"},
    ]
    await bench.set_status("shop/0", "RED")
    await bench.set_status("shop/0", "GREEN")
    assert await client.call("NotifyWatcher", 1, "Next", object_id="1") == {"response": {}}
    waiting = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    assert client.answer(waiting) is None
    assert await client.call("NotifyWatcher", 1, "Next", object_id="2") == {"response": {}}


async def test_a_wait_may_ask_to_be_told_the_status(bench: controller_bench.Bench) -> None:
    """Ours: an event then says what the unit is told; a Next that does not ask is answered as Juju does."""
    client = await bench.agent()
    await results(client, "MeterStatus", 2, "WatchMeterStatus", entities(OWN))
    asking = client.ask("NotifyWatcher", 1, "Next", {"tell-status": True}, object_id="1")
    await bench.set_status("shop/0", "RED", "over budget")
    told = {"code": "RED", "info": "over budget", "policy": {"revision": 3, "epoch": 1}}
    assert client.answer(asking) == {"response": told}

    plain = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    await bench.set_status("shop/0", "GREEN")
    assert client.answer(plain) == {"response": {}}


async def test_only_a_real_change_fires(bench: controller_bench.Bench) -> None:
    """The same status again, another unit, stored state and a password fire nothing (7.5)."""
    client = await bench.agent()
    await bench.set_status("shop/0", "RED", "x")
    await results(client, "MeterStatus", 2, "WatchMeterStatus", entities(OWN))
    waiting = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    await bench.set_status("shop/0", "RED", "x")
    await bench.set_status("shop/1", "RED", "x")
    await results(client, "MeterStatus", 2, "SetState", {"args": [{"tag": OWN, "uniter-state": "u"}]})
    change = {"changes": [{"tag": OWN, "password": "p" * 24}]}
    assert await results(client, "Agent", 3, "SetPasswords", change) == [{}]
    assert client.answer(waiting) is None
    await bench.set_status("shop/0", "RED", "y")
    await asyncio.sleep(0)
    assert client.answer(waiting) == {"response": {}}


async def test_a_stopped_watcher_is_gone(bench: controller_bench.Bench) -> None:
    """Stop fails the pending Next; a second Stop and a later Next find nothing (5.2)."""
    client = await bench.agent()
    await results(client, "MeterStatus", 2, "WatchMeterStatus", entities(OWN))
    waiting = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    assert await client.call("NotifyWatcher", 1, "Stop", object_id="1") == {"response": {}}
    await asyncio.sleep(0)
    assert client.answer(waiting) == rpc.failure("watcher has been stopped", "stopped")
    unknown = rpc.failure("unknown watcher id", "not found")
    for method in ("Stop", "Next"):
        for object_id in ("1", "2", "", "x"):
            assert await client.call("NotifyWatcher", 1, method, object_id=object_id) == unknown


async def test_a_removed_unit_hears_of_it(bench: controller_bench.Bench) -> None:
    """Removal fires the watch, and the unit is then not found, also once one of its name is back (4.2)."""
    client, admin = await bench.agent(), await bench.user()
    await results(client, "MeterStatus", 2, "WatchMeterStatus", entities(OWN))
    units = {"units": [{"unit": "shop/0", "reason": "sold"}]}
    assert await results(admin, "MeterStatusAdmin", 1, "RemoveUnits", units) == [{}]
    assert await client.call("NotifyWatcher", 1, "Next", object_id="1") == {"response": {}}
    for _ in range(2):
        found = await results(client, "MeterStatus", 2, "GetMeterStatus", entities(OWN))
        assert found == [{"code": "NOT AVAILABLE", "info": "", "error": GONE}]
        found = await results(client, "MeterStatus", 2, "WatchMeterStatus", entities(OWN))
        assert found == [{"NotifyWatcherId": "", "error": GONE}]
        assert await results(client, "MeterStatus", 2, "State", entities(OWN)) == [{"error": GONE}]
        args = {"args": [{"tag": OWN, "meter-status-state": "x"}]}
        assert await results(client, "MeterStatus", 2, "SetState", args) == [{"error": GONE}]
        answer = await client.call("Agent", 3, "GetEntities", entities(OWN))
        assert answer["response"]["entities"][0]["error"] == GONE
        await results(admin, "MeterStatusAdmin", 1, "AddUnits", {"units": [{"unit": "shop/0"}]})


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
    assert await results(client, "MeterStatus", 2, "State", entities(OWN)) == [{}]
    args = {"args": [{"tag": OWN} | parts]}
    assert await results(client, "MeterStatus", 2, "SetState", args) == [{}]
    assert await results(client, "MeterStatus", 2, "State", entities(OWN)) == [parts]
    some: dict[str, Any] = {
        "tag": OWN,
        "uniter-state": "",
        "charm-state": {},
        "storage-state": None,
        "secret-state": "d",
    }
    assert await results(client, "MeterStatus", 2, "SetState", {"args": [some]}) == [{}]
    del parts["uniter-state"], parts["charm-state"]
    parts["secret-state"] = "d"
    assert await results(client, "MeterStatus", 2, "State", entities(OWN)) == [parts]


async def test_foreign_state_is_denied(bench: controller_bench.Bench) -> None:
    """What is no unit tag is told so without a code, other units are denied (4.2)."""
    client = await bench.agent()
    tags = ("unit-shop-1", "application-shop", "rubbish")
    expected = [
        {"error": DENIED},
        {"error": {"message": '"application-shop" is not a valid unit tag', "code": ""}},
        {"error": {"message": '"rubbish" is not a valid tag', "code": ""}},
    ]
    assert await results(client, "MeterStatus", 2, "State", entities(*tags)) == expected
    args = {"args": [{"tag": tag, "uniter-state": "x"} for tag in tags]}
    assert await results(client, "MeterStatus", 2, "SetState", args) == expected


async def test_too_much_state_is_refused(bench: controller_bench.Bench) -> None:
    """More than the quota fails with its code and stores nothing (4.2)."""
    client = await bench.agent()
    args = {"args": [{"tag": OWN, "meter-status-state": "x" * 524289}]}
    (found,) = await results(client, "MeterStatus", 2, "SetState", args)
    assert found["error"]["code"] == "quota limit exceeded"
    assert found["error"]["message"].endswith("max allowed size (524288) exceeded")
    assert await results(client, "MeterStatus", 2, "State", entities(OWN)) == [{}]


# MetricsDebug


async def test_setting_is_checked_in_order(bench: controller_bench.Bench) -> None:
    """Tag, kind, existence and code are checked in this order, each with its own error (6.1)."""
    found = await set_statuses(
        await bench.user("writer"),
        ("rubbish", "NO", ""),
        ("machine-0", "NO", ""),
        ("unit-shop-9", "NO", ""),
        ("application-till", "NO", ""),
        (OWN, "PURPLE", ""),
        (OWN, "NOT SET", ""),
        (OWN, "red", ""),
        (OWN, "RED", "two\nlines"),
        (OWN, "RED", "over budget"),
        ("application-shop", "GREEN", ""),
    )
    told = [(each["error"]["message"], each["error"]["code"]) for each in found[:8]]
    assert told == [
        ('"rubbish" is not a valid tag', ""),
        ("expected application or unit tag, got machine tag machine-0", ""),
        ('unit "shop/9" not found', "not found"),
        ('application "till" not found', "not found"),
        ('meter status "NOT AVAILABLE" not valid', "not valid"),
        ('meter status "NOT SET" not valid', "not valid"),
        ('meter status "NOT AVAILABLE" not valid', "not valid"),
        ("meter status info with character U+000A not valid", "not valid"),
    ]
    assert found[8:] == [{}, {}]
    assert {name: unit.status.code for name, unit in bench.service.units.items()} == {
        "shop/0": "GREEN",
        "shop/1": "GREEN",
    }


async def test_a_misspelt_key_sets_nothing(bench: controller_bench.Bench) -> None:
    """The key is ``statues``; ``statuses`` yields an empty list (6.1)."""
    client = await bench.user()
    statuses = {"statuses": [{"tag": OWN, "code": "RED"}]}
    assert await results(client, "MetricsDebug", 2, "SetMeterStatus", statuses) == []


async def test_a_reader_sets_nothing(bench: controller_bench.Bench) -> None:
    """A user with read access cannot set a status, unlike in the reference; he can look."""
    client = await bench.user("reader")
    assert await set_statuses(client, (OWN, "RED", "")) == [{"error": DENIED}]
    answer = await client.call("MeterStatusAdmin", 1, "Status")
    assert len(answer["response"]["units"]) == 2


async def test_there_are_no_metrics(bench: controller_bench.Bench) -> None:
    """GetMetrics answers in the reference's form with nothing in it (6.2)."""
    client = await bench.user("reader")
    assert await results(client, "MetricsDebug", 2, "GetMetrics", {}) == [{}]
    tags = (OWN, "application-shop", "unit-shop-9", "machine-0", "rubbish")
    assert await results(client, "MetricsDebug", 2, "GetMetrics", entities(*tags)) == [
        {},
        {},
        {"error": {"message": 'failed to get metrics: unit "shop/9" not found', "code": "not found"}},
        {"error": {"message": "invalid tag machine-0", "code": ""}},
        {"error": {"message": '"rubbish" is not a valid tag', "code": ""}},
    ]


# MeterStatusAdmin


async def test_units_are_added(bench: controller_bench.Bench) -> None:
    """A new unit gets a tag, a fresh password and the status asked for; what cannot be is refused."""
    client = await bench.user()
    units = [
        {"unit": "till/0"},
        {"unit": "till/1", "code": "GREEN", "info": "trial", "reason": "new shop"},
        {"unit": "till/0"},
        {"unit": "Till/0"},
        {"unit": "till/2", "code": "PINK"},
        {"unit": "till/3", "info": "info without a code"},
        {"unit": "till/4", "reason": "two\nlines"},
    ]
    found = await results(client, "MeterStatusAdmin", 1, "AddUnits", {"units": units})
    assert [each["tag"] for each in found] == ["unit-till-0", "unit-till-1", "", "", "", "", ""]
    assert [len(each["password"]) for each in found[:2]] == [24, 24]
    assert found[0]["password"] != found[1]["password"]
    assert [each["error"]["code"] for each in found[2:]] == ["already exists"] + ["not valid"] * 4
    agent = bench.connect()
    assert "error" not in await agent.log_in("unit-till-1", found[1]["password"])
    told = await results(agent, "MeterStatus", 2, "GetMeterStatus", entities("unit-till-1"))
    assert told == [{"code": "GREEN", "info": "trial"}]


@pytest.mark.parametrize("method", ["AddUnits", "RemoveUnits"])
async def test_a_writer_manages_no_units(bench: controller_bench.Bench, method: str) -> None:
    """Only an admin adds and removes units."""
    client = await bench.user("writer")
    (found,) = await results(client, "MeterStatusAdmin", 1, method, {"units": [{"unit": "shop/0"}]})
    assert found["error"] == DENIED


async def test_removing_what_is_not_there_is_not_found(bench: controller_bench.Bench) -> None:
    """A second removal finds nothing."""
    client = await bench.user()
    units = {"units": [{"unit": "shop/0"}, {"unit": "shop/0"}]}
    found = await results(client, "MeterStatusAdmin", 1, "RemoveUnits", units)
    assert found == [{}, {"error": GONE}]


async def test_status_shows_units_as_a_person_counts(bench: controller_bench.Bench) -> None:
    """Units are chosen by patterns and sorted by number, each with what is stored, told, and connected."""
    admin = await bench.user()
    names = ("shop/10", "shop/2", "shopping/0")
    await results(admin, "MeterStatusAdmin", 1, "AddUnits", {"units": [{"unit": name} for name in names]})
    await bench.agent("shop/0")
    await set_statuses(admin, (OWN, "RED", "over budget"))

    async def status(*patterns: str) -> dict[str, Any]:
        answer = await admin.call("MeterStatusAdmin", 1, "Status", {"patterns": patterns})
        return answer["response"]

    everything = await status()
    assert {key: value for key, value in everything.items() if key != "units"} == {
        "revision": 6,
        "epoch": {"number": 1, "base": 0},
        "controller": repository.IDENTITY.controller_uuid,
        "model": repository.IDENTITY.model_uuid,
        "model-name": "default",
    }
    listed = [unit["unit"] for unit in everything["units"]]
    assert listed == ["shop/0", "shop/1", "shop/2", "shop/10", "shopping/0"]
    first, second = everything["units"][:2]
    since = {"since": NOW}
    assert first == since | {
        "unit": "shop/0",
        "code": "RED",
        "info": "over budget",
        "told-code": "RED",
        "told-info": "over budget",
        "revision": 6,
        "connected": True,
        "contact": {"controller": "controller", "since": NOW, "last-contact": NOW},
        "hook-told": "unknown",
    }
    assert second == since | {
        "unit": "shop/1",
        "code": "NOT SET",
        "info": "",
        "told-code": "AMBER",
        "told-info": "not set",
        "revision": 2,
        "connected": False,
        "predicted": {"code": "", "info": "", "early-by-seconds": 0, "assumptions": ["never-in-contact"]},
        "hook-told": "unknown",
    }
    for patterns, chosen in {
        ("shop",): 4,
        ("shop/1*",): 2,
        ("shop*",): 5,
        ("shop/0", "shopping/?"): 2,
        ("none",): 0,
    }.items():
        assert len((await status(*patterns))["units"]) == chosen


async def test_history_tells_who_did_what_and_why(bench: controller_bench.Bench) -> None:
    """Changes are told newest first, chosen by entity, limited and continued."""
    admin, agent = await bench.user(), await bench.agent()
    statue = {"tag": OWN, "code": "RED", "info": "over budget", "reason": "invoice 7"}
    await results(admin, "MetricsDebug", 2, "SetMeterStatus", {"statues": [statue]})
    await results(agent, "Agent", 3, "SetPasswords", {"changes": [{"tag": OWN, "password": "p" * 24}]})
    await results(admin, "MeterStatusAdmin", 1, "RemoveUnits", {"units": [{"unit": "shop/1"}]})

    async def history(**params: object) -> list[dict[str, Any]]:
        answer = await admin.call("MeterStatusAdmin", 1, "History", params)
        return answer["response"]["changes"]

    red = {"code": "RED", "info": "over budget"}
    unset = {"code": "NOT SET", "info": ""}
    entry = {"time": NOW, "user": "admin", "unit": "shop/0", "reason": ""}
    assert await history() == [
        entry | {"revision": 5, "unit": "shop/1", "action": "remove", "old": unset},
        entry | {"revision": 4, "user": "shop/0", "action": "password"},
        entry | {"revision": 3, "action": "set", "reason": "invoice 7", "old": unset, "new": red},
        entry | {"revision": 2, "unit": "shop/1", "action": "add", "new": unset},
        entry | {"revision": 1, "action": "add", "new": unset},
    ]
    assert [each["revision"] for each in await history(entity="shop/1")] == [5, 2]
    assert [each["revision"] for each in await history(entity="shop", limit=2)] == [5, 4]
    assert [each["revision"] for each in await history(limit=2, **{"before-revision": 4})] == [3, 2]
    answer = await admin.call("MeterStatusAdmin", 1, "History", {"entity": "Shop!"})
    assert answer == rpc.failure('unit or application name "Shop!" not valid', "not valid")


# Agent and MigrationFlag


async def test_a_juju_agent_gets_to_its_status(bench: controller_bench.Bench) -> None:
    """The calls of a Juju unit agent after login are answered as it needs them (9.1)."""
    client = await bench.agent()
    answer = await client.call("Agent", 3, "GetEntities", entities(OWN, "unit-shop-1", "rubbish"))
    alive = {"life": "alive", "jobs": None, "container-type": ""}
    denied = {"life": "", "jobs": None, "container-type": "", "error": DENIED}
    assert answer == {"response": {"entities": [alive, denied, denied]}}
    model = f"model-{repository.IDENTITY.model_uuid}"
    assert await results(client, "MigrationFlag", 1, "Phase", entities(model, "model-x")) == [
        {"phase": "NONE"},
        {"phase": "", "error": DENIED},
    ]
    assert await results(client, "MigrationFlag", 1, "Watch", entities(model, OWN)) == [
        {"NotifyWatcherId": "1"},
        {"NotifyWatcherId": "", "error": DENIED},
    ]
    waiting = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    assert await results(client, "MeterStatus", 2, "WatchMeterStatus", entities(OWN)) == [
        {"NotifyWatcherId": "2"}
    ]
    assert client.answer(waiting) is None


async def test_an_agent_takes_few_new_passwords(bench: controller_bench.Bench) -> None:
    """Each is kept for an hour at least, so a loop is told to try again, and the history stays small."""
    client = await bench.agent()
    changes = [{"tag": OWN, "password": f"{number:>024}"} for number in range(30)]
    found = await results(client, "Agent", 3, "SetPasswords", {"changes": changes})
    assert found[:20] == [{}] * 20
    text = "the unit's agent has set its password too often within an hour"
    assert found[20:] == [{"error": {"message": text, "code": "try again"}}] * 10
    assert len(await bench.store.history("shop/0")) == 21
    admin = await bench.user()
    wanted = {"entity": "shop/0", "is-without-own": True}
    shown = await admin.call("MeterStatusAdmin", 1, "History", wanted)
    assert [change["action"] for change in shown["response"]["changes"]] == ["add"]


async def test_an_agent_takes_a_new_password(bench: controller_bench.Bench) -> None:
    """A new password works at once and the former no more; short and foreign ones are refused."""
    client = await bench.agent()
    changes = [
        {"tag": OWN, "password": "n" * 24},
        {"tag": OWN, "password": "short"},
        {"tag": "unit-shop-1", "password": "n" * 24},
    ]
    found = await results(client, "Agent", 3, "SetPasswords", {"changes": changes})
    assert found[0] == {}
    assert found[1]["error"] == {"message": "agent password of 5 bytes is shorter than 24 bytes", "code": ""}
    assert found[2] == {"error": DENIED}
    assert "error" not in await bench.connect().log_in(OWN, "n" * 24)
    former = await bench.connect().log_in(OWN, bench.agent_passwords["shop/0"])
    assert former["error-code"] == "unauthorized access"
