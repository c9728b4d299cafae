"""Status answers with contact, delivery and prediction."""

import asyncio
import datetime
from typing import Any

from harness import controller_bench, repository
from meterstatus.controller.rpc.facades.meter_status_admin import fleet_status
from meterstatus.domain import status
from meterstatus.domain.fleet import prediction
from meterstatus.domain.hook import hook_call
from meterstatus.testing import virtual_time

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
NOW = virtual_time.START.isoformat().replace("+00:00", "Z")


def test_what_there_is_not_is_absent() -> None:
    """Without contact, report and prediction there is nothing to say."""
    absent = (fleet_status.contact(None), fleet_status.delivered(None), fleet_status.predicted(None))
    assert absent == (None, None, None)


def test_a_prediction_is_answered_whole() -> None:
    """Status, stage, the next stage with how early it may come, and what is assumed."""
    upcoming = hook_call.Stage("RED", datetime.timedelta(seconds=9), AT)
    made = fleet_status.predicted(
        prediction.Prediction(
            status.MeterStatus("AMBER", "cut off"),
            status.StatusCode.AMBER,
            upcoming,
            datetime.timedelta(seconds=2),
            (prediction.Assumption.OWN_OPTIONS,),
        )
    )
    assert made is not None
    assert (made.code, made.info, made.stage) == ("AMBER", "cut off", "AMBER")
    assert made.next_stage is not None
    assert (made.next_stage.code, made.next_stage.at, made.early_by_seconds) == ("RED", AT, 2)
    assert made.assumptions == ("own-options",)


async def test_status_has_it_by_unit(bench: controller_bench.Bench) -> None:
    """A unit in contact has no prediction, one that left has, and one that never came says so."""
    agent = await bench.agent("shop/0")
    told = {"id": "a-1", "attempt": 1, "hook": "meter-status-changed", "code": "AMBER", "info": "not set"}
    told |= {"origin": "controller", "result": "ran", "exit-status": 0, "ended": "2031-05-06T07:08:09Z"}
    answer = await agent.call(
        "MeterStatusDelivery",
        1,
        "ReportDeliveries",
        {"reports": [{"tag": "unit-shop-0", "delivery": told}]},
    )
    assert answer == {"response": {"results": [{}]}}
    admin = await bench.user()

    async def units() -> list[dict[str, Any]]:
        return (await admin.call("MeterStatusAdmin", 1, "Status"))["response"]["units"]

    first, second = await units()
    assert ("contact" in first, "delivered" in first, "predicted" in first) == (True, True, False)
    assert "contact" not in second
    assert second["predicted"]["assumptions"] == ["never-in-contact"]
    agent.leave()
    await asyncio.sleep(0)
    first, _ = await units()
    assert first["connected"] is False
    assert "predicted" in first


async def test_status_shows_units_as_a_person_counts(bench: controller_bench.Bench) -> None:
    """Units are chosen by patterns and sorted by number, each with what is stored, told, and connected."""
    admin = await bench.user()
    names = ("shop/10", "shop/2", "shopping/0")
    await admin.results("MeterStatusAdmin", 1, "AddUnits", {"units": [{"unit": name} for name in names]})
    await bench.agent("shop/0")
    await bench.set_status("shop/0", "RED", "over budget")

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
