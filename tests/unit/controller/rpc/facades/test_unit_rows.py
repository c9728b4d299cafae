"""Status answers with contact, delivery and prediction."""

import asyncio
import datetime
from typing import Any

from harness import controller_bench
from meterstatus.controller.rpc.facades import unit_rows
from meterstatus.domain import status
from meterstatus.domain.fleet import prediction
from meterstatus.domain.hook import hook_call

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)


def test_what_there_is_not_is_absent() -> None:
    """Without contact, report and prediction there is nothing to say."""
    absent = (unit_rows.contact(None), unit_rows.delivered(None), unit_rows.predicted(None))
    assert absent == (None, None, None)


def test_a_prediction_is_answered_whole() -> None:
    """Status, stage, the next stage with how early it may come, and what is assumed."""
    upcoming = hook_call.Stage("RED", datetime.timedelta(seconds=9), AT)
    made = unit_rows.predicted(
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
