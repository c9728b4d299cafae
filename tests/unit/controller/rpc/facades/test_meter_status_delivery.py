"""What agents report of hooks: only of their own unit, kept, shortened and shown to users."""

import datetime
from typing import Any

import pytest

from harness import controller_bench, rpc
from meterstatus import errors
from meterstatus.domain.hook import delivery_report

OWN = "unit-shop-0"
DENIED = {"message": "permission denied", "code": "unauthorized access"}
DELIVERY: dict[str, Any] = {
    "id": "a-1",
    "attempt": 1,
    "hook": "meter-status-changed",
    "code": "RED",
    "info": "over budget",
    "origin": "controller",
    "result": "ran",
    "ended": "2031-05-06T07:08:09Z",
    "exit-status": 0,
    "log": ["scaled down"],
}


async def report(client: rpc.MemoryClient, *reports: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Report deliveries and return the results."""
    params = {"reports": [{"tag": tag, "delivery": delivery} for tag, delivery in reports]}
    answer = await client.call("MeterStatusDelivery", 1, "ReportDeliveries", params)
    return answer["response"]["results"]


async def history(client: rpc.MemoryClient, **params: object) -> dict[str, Any]:
    """Fetch the history."""
    return (await client.call("MeterStatusAdmin", 1, "History", params))["response"]


async def test_a_report_is_kept_and_shown(bench: controller_bench.Bench) -> None:
    """It is in the history of its unit, of its application and of all, and not in another's."""
    admin, agent = await bench.user(), await bench.agent()
    assert await report(agent, (OWN, DELIVERY)) == [{}]
    for entity in ("shop/0", "shop", ""):
        (shown,) = (await history(admin, entity=entity))["deliveries"]
        assert shown["unit"] == "shop/0"
        assert shown["delivery"] == DELIVERY
    assert "deliveries" not in await history(admin, entity="shop/1")


async def test_an_agent_that_was_started_anew_takes_nothing_from_its_newest_report(
    bench: controller_bench.Bench,
) -> None:
    """What it remembers of that delivery is less: the log and the time of the report stay."""
    admin, agent = await bench.user(), await bench.agent()
    remembered = {key: value for key, value in DELIVERY.items() if key not in ("log", "exit-status")}
    assert await report(agent, (OWN, DELIVERY), (OWN, remembered)) == [{}, {}]
    (shown,) = (await history(admin, entity="shop/0"))["deliveries"]
    assert shown["delivery"] == DELIVERY
    failed = DELIVERY | {"result": "failed", "exit-status": 1}
    assert await report(agent, (OWN, failed)) == [{}]
    (shown,) = (await history(admin, entity="shop/0"))["deliveries"]
    assert shown["delivery"] == failed


async def test_only_the_first_page_has_them(bench: controller_bench.Bench) -> None:
    """Later pages are of changes alone, so that nothing is shown twice."""
    admin, agent = await bench.user(), await bench.agent()
    await report(agent, (OWN, DELIVERY))
    assert "deliveries" not in await history(admin, **{"before-revision": 2})


async def test_an_agent_reports_its_own_unit_alone(bench: controller_bench.Bench) -> None:
    """Other units and rubbish are denied, and a word that there is not is refused; the rest is kept."""
    admin, agent = await bench.user(), await bench.agent()
    wrong = DELIVERY | {"result": "perhaps"}
    results = await report(
        agent, ("unit-shop-1", DELIVERY), ("rubbish", DELIVERY), (OWN, wrong), (OWN, DELIVERY)
    )
    assert results[:2] == [{"error": DENIED}] * 2
    assert results[2]["error"]["code"] == "not valid"
    assert results[3] == {}
    assert len((await history(admin))["deliveries"]) == 1


async def test_a_user_reports_nothing(bench: controller_bench.Bench) -> None:
    """Users see deliveries and make none."""
    answer = await (await bench.user()).call("MeterStatusDelivery", 1, "ReportDeliveries", {"reports": []})
    assert answer["error-code"] == DENIED["code"]


@pytest.mark.parametrize(
    "failure",
    [errors.StoreUnavailableError("the database is gone"), errors.OutcomeUnknownError("who knows")],
)
async def test_what_the_store_cannot_take_now_is_to_be_sent_again(
    bench: controller_bench.Bench, failure: errors.StoreError
) -> None:
    """With all that stands after it, which else would come to stand before it."""
    admin, agent = await bench.user(), await bench.agent()
    record = bench.store.record_delivery

    async def failing(received: delivery_report.ReceivedReport, added: int | None = None) -> None:
        if received.report.attempt == 2:
            raise failure
        await record(received, added)

    bench.store.record_delivery = failing
    reports = [(OWN, DELIVERY | {"attempt": attempt}) for attempt in (1, 2, 3)]
    later = {"error": {"message": str(failure), "code": "try again"}}
    assert await report(agent, *reports) == [{}, later, later]
    bench.store.record_delivery = record
    assert await report(agent, *reports[1:]) == [{}, {}]
    kept = (await history(admin))["deliveries"]
    assert [each["delivery"]["attempt"] for each in kept] == [3, 2, 1]


async def test_a_trouble_is_shown_for_as_long_as_it_is_said(bench: controller_bench.Bench) -> None:
    """Its unit is not told, with the reason; and not known to be told once the agent takes that back."""
    admin, agent = await bench.user(), await bench.agent()

    async def say(tag: str, trouble: dict[str, str] | None) -> list[dict[str, Any]]:
        said = {"tag": tag} | ({} if trouble is None else {"trouble": trouble})
        answer = await agent.call("MeterStatusDelivery", 1, "ReportTrouble", {"reports": [said]})
        return answer["response"]["results"]

    async def shown() -> tuple[str, Any]:
        answer = await admin.call("MeterStatusAdmin", 1, "Status", {"patterns": ["shop/0"]})
        (unit,) = answer["response"]["units"]
        return unit["hook-told"], unit.get("trouble")

    charm = {"reason": "charm", "detail": "there is none"}
    assert await shown() == ("unknown", None)
    assert await say(OWN, charm) == [{}]
    assert await shown() == ("no", charm)
    assert await say("unit-shop-1", charm) == [{"error": DENIED}]
    assert (await say(OWN, {"reason": "moon"}))[0]["error"]["code"] == "not valid"
    assert await say(OWN, None) == [{}]
    assert await shown() == ("unknown", None)


async def test_what_a_juju_agent_stores_is_shown_as_delivered(bench: controller_bench.Bench) -> None:
    """It reports nothing else; the same stored again is no news, and nothing of ours is taken for it."""
    admin, agent = await bench.user(), await bench.agent()
    await bench.set_status("shop/0", "RED")

    async def store(text: str) -> None:
        await bench.clock.advance(datetime.timedelta(seconds=1))
        args = {"args": [{"tag": OWN, "meter-status-state": text}]}
        answer = await agent.call("MeterStatus", 2, "SetState", args)
        assert answer["response"]["results"] == [{}]

    async def shown() -> tuple[str, str | None]:
        answer = await admin.call("MeterStatusAdmin", 1, "Status", {"patterns": ["shop/0"]})
        (unit,) = answer["response"]["units"]
        held = unit.get("delivered")
        return unit["hook-told"], held and held["delivery"]["code"]

    await store("status-code: RED\ndeliveries: 3\n")
    assert await shown() == ("unknown", None)
    await store("status-code: AMBER\n")
    assert await shown() == ("no", "AMBER")
    for _ in range(2):
        await store("status-code: RED\n")
    assert await shown() == ("yes", "RED")
    assert len((await history(admin))["deliveries"]) == 2
