"""Mass changes over the wire."""

from typing import Any

from meterstatus.testing import controller_bench, repository, rpc

MODEL = f"model-{repository.IDENTITY.model_uuid}"
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
    assert await call(writer, "SetStatuses", **wish, revision=2, reason="ticket") == shown
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
    """The answer is that of the change that undoes."""
    admin = await bench.user()
    await call(admin, "SetStatuses", tags=UNITS, code="RED")
    assert await call(admin, "Undo", revision=4, reason="mistake") == {
        "revision": 4,
        "units": 2,
        "told": [{"old": "RED", "new": "AMBER", "units": 2}],
    }
    assert (await told(bench))["code"] == "AMBER"


async def test_refusals_have_their_codes(bench: controller_bench.Bench) -> None:
    """By which a program tells what to do."""
    admin, reader = await bench.user(), await bench.user("reader")
    red: dict[str, Any] = {"tags": UNITS, "code": "RED"}
    assert await call(reader, "SetStatuses", **red) == {"refused": "unauthorized access"}
    assert await call(reader, "Undo", revision=1) == {"refused": "unauthorized access"}
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
