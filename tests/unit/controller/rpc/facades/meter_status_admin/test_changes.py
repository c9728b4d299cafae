"""Mass changes over the wire."""

import datetime
from typing import Any

import pytest

from harness import controller_bench, repository, rpc
from meterstatus.testing import virtual_time

MODEL = f"model-{repository.IDENTITY.model_uuid}"
OWN = "unit-shop-0"
NOW = virtual_time.START.isoformat().replace("+00:00", "Z")
UNITS = ["unit-shop-0", "unit-shop-1"]


async def call(client: rpc.MemoryClient, method: str, **params: Any) -> dict[str, Any]:
    """Call a method of the users' facade and return its answer; of a refusal, its code."""
    answer = await client.call("MeterStatusAdmin", 1, method, params)
    return {"refused": answer.get("error-code", "")} if "error" in answer else answer["response"]


async def told(bench: controller_bench.Bench) -> dict[str, Any]:
    """Ask as an agent what its unit is told."""
    agent = await bench.agent()
    answer = await agent.call("MeterStatus", 2, "GetMeterStatus", {"entities": [{"tag": "unit-shop-0"}]})
    (result,) = answer["response"]["results"]
    return result


async def test_sets_units_after_a_preview(bench: controller_bench.Bench) -> None:
    """The preview and the change have the same answer; the history has one change for each unit."""
    writer = await bench.user("writer")
    wish: dict[str, Any] = {"tags": UNITS, "code": "RED", "info": "audit"}
    shown = await call(writer, "SetStatuses", **wish, **{"is-preview": True})
    assert shown == {"revision": 2, "units": 2, "told": [{"old": "AMBER", "new": "RED", "units": 2}]}
    assert (await told(bench))["code"] == "AMBER"
    assert await call(writer, "SetStatuses", **wish, revision=2, reason="ticket") == shown | {
        "made-revision": 3
    }
    assert await told(bench) == {"code": "RED", "info": "audit"}
    changes = (await call(writer, "History", entity=""))["changes"]
    assert [(each["unit"], each["reason"]) for each in changes[:2]] == [
        ("shop/1", "ticket"),
        ("shop/0", "ticket"),
    ]


async def test_sets_and_takes_away_a_level(bench: controller_bench.Bench) -> None:
    """It is in the status and the history; an empty code takes it away."""
    admin = await bench.user()
    await call(admin, "SetStatuses", tags=[MODEL], code="RED", info="audit", **{"is-level": True})
    assert await told(bench) == {"code": "RED", "info": "audit"}
    status = await call(admin, "Status")
    (level,) = status["levels"]
    assert (level["tag"], level["code"], level["info"], level["revision"]) == (MODEL, "RED", "audit", 3)
    assert [(unit["code"], unit["told-code"]) for unit in status["units"]] == [("NOT SET", "RED")] * 2
    await call(admin, "SetStatuses", tags=[MODEL], **{"is-level": True})
    assert "levels" not in await call(admin, "Status") or not (await call(admin, "Status"))["levels"]
    newest = (await call(admin, "History", entity=""))["changes"][0]
    assert (newest["action"], newest["scope"], newest["old"]["code"]) == ("level", MODEL, "RED")


async def test_undoes(bench: controller_bench.Bench) -> None:
    """The answer is that of the change that undoes, and of the preview before it."""
    admin = await bench.user()
    await call(admin, "SetStatuses", tags=UNITS, code="RED")
    shown = {"revision": 4, "units": 2, "told": [{"old": "RED", "new": "AMBER", "units": 2}]}
    assert await call(admin, "PreviewUndo", revision=4) == shown
    assert (await told(bench))["code"] == "RED"
    undo = {"revision": 4, "reason": "mistake"}
    assert await call(admin, "Undo", **undo, **{"seen-revision": 3}) == {"refused": "changed since"}
    assert await call(admin, "Undo", **undo, **{"seen-revision": 4}) == shown | {"made-revision": 5}
    assert (await told(bench))["code"] == "AMBER"


async def test_refusals_have_their_codes(bench: controller_bench.Bench) -> None:
    """By which a program tells what to do."""
    admin, reader = await bench.user(), await bench.user("reader")
    red: dict[str, Any] = {"tags": UNITS, "code": "RED"}
    assert await call(reader, "SetStatuses", **red) == {"refused": "unauthorized access"}
    assert await call(reader, "Undo", revision=1) == {"refused": "unauthorized access"}
    assert await call(reader, "PreviewUndo", revision=1) == {"refused": "unauthorized access"}
    assert await call(admin, "SetStatuses", tags=["unit-shop-9"], code="RED") == {"refused": "not found"}
    assert await call(admin, "SetStatuses", tags=UNITS, code="PINK") == {"refused": "not valid"}
    wide = {"blast-radius-percent": 101}
    assert await call(admin, "SetStatuses", **red, **wide) == {"refused": "not valid"}
    assert await call(admin, "Undo", revision=99) == {"refused": "not found"}
    await bench.set_status("shop/1", "GREEN")
    assert await call(admin, "SetStatuses", **red, revision=2) == {"refused": "changed since"}


async def test_a_level_is_seen_by_jujus_clients(bench: controller_bench.Bench) -> None:
    """A full status shows the colour that rules each unit, of its own or of a level."""
    admin = await bench.user()
    await bench.set_status("shop/0", "GREEN", "own")
    await call(admin, "SetStatuses", tags=["application-shop"], code="AMBER", **{"is-level": True})
    answer = await admin.call("Client", 6, "FullStatus", {"patterns": []})
    shown = answer["response"]["applications"]["shop"]["meter-statuses"]
    assert {name: each["color"] for name, each in shown.items()} == {"shop/0": "amber", "shop/1": "amber"}


async def test_sets_for_a_time(bench: controller_bench.Bench) -> None:
    """The answer has its end and what comes then; the status, and the history, have it too."""
    admin, reader = await bench.user(), await bench.user("reader")
    await bench.set_status("shop/0", "GREEN", "paid")
    wish: dict[str, Any] = {"tags": UNITS[:1], "code": "RED", "for-seconds": 7200}
    shown = await call(admin, "SetStatuses", **wish, **{"is-preview": True})
    at = (bench.clock.now() + datetime.timedelta(hours=2)).isoformat().replace("+00:00", "Z")
    assert shown == {
        "revision": 3,
        "units": 2,
        "told": [{"old": "GREEN", "new": "RED", "units": 1}],
        "until": at,
        "then": [{"old": "RED", "new": "GREEN", "units": 1}],
    }
    assert await call(admin, "SetStatuses", **wish) == shown | {"made-revision": 4}
    tags = {"tags": [MODEL], "code": "RED", "is-level": True, "for-seconds": 60}
    await call(admin, "SetStatuses", **tags)
    status = await call(reader, "Status")
    assert [unit.get("end") for unit in status["units"]] == [
        {"at": at, "code": "GREEN", "info": "paid"},
        None,
    ]
    assert list(status["levels"][0]["end"]) == ["at"]
    await bench.store.end_due(bench.clock.now() + datetime.timedelta(hours=1))
    ended, model, unit = (await call(reader, "History", entity="", limit=3))["changes"]
    assert (ended["ended-revision"], ended["user"], unit["until"]) == (model["revision"], "admin", at)


@pytest.mark.parametrize("seconds", [0, 9.9, -1, 1e9, 1e300])
async def test_a_time_that_cannot_be_is_refused(bench: controller_bench.Bench, seconds: float) -> None:
    """Whoever asks; and it is never taken for none."""
    admin = await bench.user()
    wish: dict[str, Any] = {"tags": UNITS, "code": "RED", "for-seconds": seconds}
    assert await call(admin, "SetStatuses", **wish) == {"refused": "not valid"}
    assert bench.fleet.revision == 2


async def test_an_end_is_reached_by_the_agent(bench: controller_bench.Bench) -> None:
    """As any other change: what the agent is told then is what was there before."""
    admin = await bench.user()
    await bench.set_status("shop/0", "GREEN")
    await call(admin, "SetStatuses", tags=UNITS, code="RED", **{"for-seconds": 60})
    assert (await told(bench))["code"] == "RED"
    await bench.store.end_due(bench.clock.now() + datetime.timedelta(minutes=1))
    assert (await told(bench))["code"] == "GREEN"


async def test_history_tells_who_did_what_and_why(bench: controller_bench.Bench) -> None:
    """Changes are told newest first, chosen by entity, limited and continued."""
    admin, agent = await bench.user(), await bench.agent()
    statue = {"tag": OWN, "code": "RED", "info": "over budget", "reason": "invoice 7"}
    await admin.results("MetricsDebug", 2, "SetMeterStatus", {"statues": [statue]})
    await agent.results("Agent", 3, "SetPasswords", {"changes": [{"tag": OWN, "password": "p" * 24}]})
    await admin.results("MeterStatusAdmin", 1, "RemoveUnits", {"units": [{"unit": "shop/1"}]})

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
    assert answer == rpc.failure(
        "invalid name \"Shop!\": it is neither a unit's nor an application's", "not valid"
    )
