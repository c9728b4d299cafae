"""What a controller knows of a unit beside what is asserted."""

import asyncio
import dataclasses
import datetime

from harness import controller_bench
from meterstatus.controller.service import unit_view
from meterstatus.domain import names, policy, status
from meterstatus.domain.fleet import prediction, presence, records
from meterstatus.domain.hook import delivery_report, hook_call, outcome

SHOP_0 = names.Tag(names.Kind.UNIT, "shop/0")
SECOND = datetime.timedelta(seconds=1)
GREEN, RED = status.MeterStatus("GREEN"), status.MeterStatus("RED")


def report(bench: controller_bench.Bench, result: outcome.HookResult) -> delivery_report.DeliveryReport:
    """Return what an agent reports of a hook that was told GREEN."""
    ended = outcome.HookOutcome(result, 0, "", ("done",))
    return delivery_report.DeliveryReport(
        result.value,
        1,
        hook_call.HookKind.CHANGED,
        GREEN,
        hook_call.Origin.CONTROLLER,
        ended,
        bench.clock.now(),
    )


def look_at(bench: controller_bench.Bench) -> unit_view.UnitView:
    """Return the view of the first unit."""
    return unit_view.of(bench.fleet, bench.fleet.units["shop/0"], bench.clock.now())


async def test_a_view_of_a_unit_follows_it(bench: controller_bench.Bench) -> None:
    """Never in contact, in contact, told, cut off and escalated, with a status it has not heard of."""
    admin = bench.fleet.users["admin"]
    await bench.service.policies.set(admin, SHOP_0, policy.amber_red(10 * SECOND, 20 * SECOND))
    never = look_at(bench)
    assert never.predicted is not None
    assert (never.contact, never.delivered) == (None, None)
    assert never.predicted.assumptions == (prediction.Assumption.NEVER_IN_CONTACT,)

    await bench.set_status("shop/0", "GREEN")
    client = await bench.agent()
    agent = records.Agent("shop/0", bench.fleet.units["shop/0"].added)
    await bench.service.agents.record_delivery(agent, SHOP_0, report(bench, outcome.HookResult.RAN))
    there = look_at(bench)
    assert there.contact is not None
    assert there.delivered is not None
    assert (there.contact.controller, there.predicted) == ("controller", None)
    assert there.delivered.report.outcome.log_lines == ("done",)

    client.leave()
    await asyncio.sleep(0)
    await bench.clock.advance(5 * SECOND)
    await bench.set_status("shop/0", "RED")
    gone = look_at(bench)
    assert gone.predicted is not None
    assert gone.predicted.status == GREEN
    assert gone.predicted.assumptions == (prediction.Assumption.UNTOLD,)
    await bench.clock.advance(5 * SECOND)
    amber = look_at(bench).predicted
    assert amber is not None
    assert amber.stage == "AMBER"


async def test_a_hook_that_failed_was_told_nothing(bench: controller_bench.Bench) -> None:
    """What its report says is shown, and is what the agent goes on telling: it heard nothing later."""
    agent = records.Agent("shop/0", bench.fleet.units["shop/0"].added)
    client = await bench.agent()
    await bench.service.agents.record_delivery(agent, SHOP_0, report(bench, outcome.HookResult.FAILED))
    client.leave()
    await asyncio.sleep(0)
    await bench.clock.advance(SECOND)
    await bench.set_status("shop/0", "RED")
    made = look_at(bench)
    assert made.delivered is not None
    assert made.predicted is not None
    assert (made.delivered_before, made.predicted.status) == (None, GREEN)


async def test_a_hook_that_failed_does_not_hide_what_was_told(bench: controller_bench.Bench) -> None:
    """Both are shown; cut off, the agent goes on with the worse of them, and with no later word."""
    agent = records.Agent("shop/0", bench.fleet.units["shop/0"].added)
    client = await bench.agent()
    told = report(bench, outcome.HookResult.RAN)
    failed = dataclasses.replace(report(bench, outcome.HookResult.FAILED), status=RED)
    for each in (told, failed):
        await bench.service.agents.record_delivery(agent, SHOP_0, each)
    there = look_at(bench)
    assert there.delivered is not None
    assert there.delivered_before is not None
    assert (there.delivered.report, there.delivered_before.report) == (failed, told)
    client.leave()
    await asyncio.sleep(0)
    await bench.clock.advance(SECOND)
    await bench.set_status("shop/0", "AMBER")
    made = look_at(bench).predicted
    assert made is not None
    assert made.status == RED


async def test_the_agents_own_word_is_none_that_it_heard(bench: controller_bench.Bench) -> None:
    """An AMBER of its own that its hook failed at says nothing of what the controller told it."""
    agent = records.Agent("shop/0", bench.fleet.units["shop/0"].added)
    client = await bench.agent()
    own = dataclasses.replace(
        report(bench, outcome.HookResult.FAILED),
        status=status.MeterStatus("AMBER"),
        origin=hook_call.Origin.AGENT,
    )
    for each in (report(bench, outcome.HookResult.RAN), own):
        await bench.service.agents.record_delivery(agent, SHOP_0, each)
    client.leave()
    await asyncio.sleep(0)
    await bench.clock.advance(SECOND)
    await bench.set_status("shop/0", "RED")
    made = look_at(bench).predicted
    assert made is not None
    assert made.status == GREEN


async def test_what_was_delivered_is_there_after_a_restart(bench: controller_bench.Bench) -> None:
    """A new process serves the newest report from memory as its predecessor did."""
    agent = records.Agent("shop/0", bench.fleet.units["shop/0"].added)
    await bench.service.agents.record_delivery(agent, SHOP_0, report(bench, outcome.HookResult.RAN))
    again = await controller_bench.start(bench.store)
    assert again.fleet.hook_reports.of("shop/0") == bench.fleet.hook_reports.of("shop/0") is not None
    await bench.service.units.remove(bench.fleet.users["admin"], "shop/0")
    assert again.fleet.hook_reports.of("shop/0") is None


async def test_a_unit_of_another_controller_is_in_contact(bench: controller_bench.Bench) -> None:
    """Since when is stored, and not its last answer: nothing is predicted of it."""
    at = bench.clock.now()
    there = presence.Contact("shop/0", "another", at, at)
    bench.fleet.presence.learn_from_others([there], ["another"])
    await bench.clock.advance(datetime.timedelta(hours=1))
    seen = look_at(bench)
    assert (seen.contact, seen.predicted) == (there, None)
