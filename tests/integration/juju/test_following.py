"""Following a status at a Juju controller, whatever it does meanwhile (spec juju-api, 3 to 5, 9.1, 9.5)."""

from typing import Any

import pytest
import yaml

from harness import juju_controller
from tests.integration.juju import wire

CUT_OFF = "unit agent has been disconnected"
Refusal, Verbatim = juju_controller.Refusal, juju_controller.Verbatim
QUOTA = {"message": "max allowed size (524288) exceeded", "code": "quota limit exceeded"}
GET, SET = "MeterStatus(2).GetMeterStatus", "MeterStatus(2).SetState"


async def settled(unit: Any, controller: juju_controller.JujuController) -> None:
    """Wait until the unit was told what there is, and waits for both of its watches."""
    await unit.until_told("GREEN", "ok")
    await unit.until(lambda: controller.count("NotifyWatcher(1).Next") >= 2, "both watches")
    await unit.until(lambda: controller.count(SET), "the state written")


async def test_a_controller_without_our_facades_is_asked_for_each_status(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """An event that carries nothing is followed by a read; the policy is asked for once and is nobody's."""
    unit.write_conf(controller.address)
    async with unit.running():
        await settled(unit, controller)
        asked = controller.count(GET)
        controller.rows[GET] = wire.status("RED", "over budget")
        controller.fire("2")
        await unit.until_told("RED", "over budget")
        assert controller.count(GET) > asked
        assert controller.count("MeterStatusPolicy(1).GetPolicy") == 1
        assert unit.report()["policy"]["origin"] == "agent"
    assert controller.count("Uniter(19).GetMeterStatus") == 0


async def test_a_change_that_no_event_tells_is_found(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """A metrics manager's grace that runs out fires no watcher (11.2); the status is read each minute."""
    unit.write_conf(controller.address)
    async with unit.running():
        await settled(unit, controller)
        controller.rows[GET] = wire.status("RED", "failed to send metrics, exceeded grace period")
        unit.leap(seconds=61)
        await unit.until_told("RED", "failed to send metrics, exceeded grace period")


async def test_a_watch_that_the_server_ends_is_made_anew(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """A ``stopped`` that nobody here asked for is a failure, and a change meanwhile is told."""
    unit.write_conf(controller.address)
    async with unit.running():
        await settled(unit, controller)
        controller.rows[GET] = wire.status("AMBER", "near")
        controller.end_watchers()
        await unit.until_told("AMBER", "near", hurried=True)
        assert controller.count("MeterStatus(2).WatchMeterStatus") >= 2


async def test_a_ping_that_is_refused_is_a_broken_connection(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """Any error is as bad as silence (11.2); the next connection is a new one, with everything of 9.1."""
    unit.write_conf(controller.address)
    async with unit.running():
        await settled(unit, controller)
        controller.rows["Pinger(1).Ping"] = Refusal("whatever")
        unit.leap(seconds=61)
        await unit.until(lambda: controller.connections == 2, "a new connection", hurried=True)
        controller.rows["Pinger(1).Ping"] = {}
        await unit.until(lambda: controller.calls(2).count("MeterStatus(2).WatchMeterStatus"), "watched")
        await unit.until(lambda: unit.report()["mode"] == "connected", "connected")
    assert unit.told() == [("GREEN", "ok")]


async def test_each_minute_there_is_a_ping(unit: Any, controller: juju_controller.JujuController) -> None:
    """Only it tells a Juju controller that the agent is there (3); more often than Juju's, for proxies."""
    unit.write_conf(controller.address)
    async with unit.running():
        await settled(unit, controller)
        for pings in (1, 2, 3):
            unit.leap(seconds=27)
            await unit.until(lambda pings=pings: controller.count("Pinger(1).Ping") == pings, "a ping")


@pytest.mark.parametrize("end", [juju_controller.Close(), juju_controller.Reset()])
@pytest.mark.parametrize(
    "call", ["Admin(3).Login", "Agent(3).GetEntities", "MeterStatus(2).State", GET, "MigrationFlag(1).Watch"]
)
async def test_a_server_that_ends_the_connection_amid_a_call_is_come_back_to(
    unit: Any, controller: juju_controller.JujuController, call: str, end: juju_controller.Reply
) -> None:
    """Whichever call it was; a close in order and a reset are the same."""
    good = wire.ROWS[call]
    assert not isinstance(good, tuple)
    controller.rows[call] = (end, wire.LOGIN if isinstance(good, juju_controller.Choice) else good)
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until_told("GREEN", "ok", hurried=True)
    assert controller.connections >= 2


async def test_odd_answers_are_read_as_jujus_client_reads_them(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """Answers to nobody, keys in any case, unknown keys, nulls, and no ``response`` where none matters."""
    controller.rows[GET] = Verbatim(
        (
            '{"request-id": 999999, "response": {"results": []}}',
            '{"Request-Id": $ID, "RESPONSE": {"Results": [{"CODE": "RED", "Info": "odd", "more": {}}]}}',
        )
    )
    controller.rows["MeterStatus(2).State"] = Verbatim(
        ('{"request-id": $ID, "response": {"results": [{"error": null}]}}',)
    )
    controller.rows["Pinger(1).Ping"] = Verbatim(('{"request-id": $ID}',))
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until_told("RED", "odd")
        unit.leap(seconds=61)
        await unit.until(lambda: controller.count("Pinger(1).Ping"), "a ping")
        await unit.stay()
    assert controller.connections == 1


async def test_a_refused_status_is_no_contact(unit: Any, controller: juju_controller.JujuController) -> None:
    """An error in the result ends the connection, and the unit escalates however often it may log in."""
    unit.write_conf(controller.address)
    async with unit.running():
        await settled(unit, controller)
        controller.rows[GET] = {"results": [{"code": "", "info": "", "error": wire.DENIED}]}
        unit.leap(seconds=61)
        await unit.until(lambda: unit.report().get("mode") == "isolated", "isolated", hurried=True)
        unit.leap(minutes=16)
        await unit.until_told("RED", CUT_OFF)
        reason = "permission denied"
        await unit.until(lambda: unit.report().get("connection-error") == reason, "why", hurried=True)
        controller.rows[GET] = wire.status("GREEN", "ok")
        await unit.until_told("GREEN", "ok", hurried=True)


@pytest.mark.parametrize(
    "refusal",
    [
        {"results": [{"error": QUOTA}]},
        Refusal("model migration in progress"),
        Verbatim(('{"request-id": $ID}',)),
    ],
)
async def test_a_state_that_is_not_taken_stops_nothing(
    unit: Any, controller: juju_controller.JujuController, refusal: juju_controller.Reply
) -> None:
    """The copy at the controller is tried again beside the work (B-12)."""
    controller.rows[SET] = (refusal, {"results": [{}]})
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until_told("GREEN", "ok")
        await unit.until(lambda: unit.report().get("unreported"), "not written")
        unit.leap(seconds=6)
        await unit.until(lambda: controller.count(SET) == 2, "written")
        await unit.until(lambda: "unreported" not in unit.report(), "known to be written")
    assert controller.connections == 1


@pytest.mark.parametrize("lacking", [GET, "MeterStatus(2).State", "MeterStatus(2).WatchMeterStatus"])
async def test_a_controller_without_meter_status_is_nothing_to_be_cut_off_from(
    unit: Any, controller: juju_controller.JujuController, lacking: str
) -> None:
    """The worker is completed and asks no more; nothing is told although its controller is gone for a day.

    One that has the feature again is followed from the next connection on.
    """
    unit.write_conf(controller.address)
    async with unit.running():
        await settled(unit, controller)
        await controller.stop()
        controller.rows[lacking] = wire.NOT_IMPLEMENTED
        await controller.start()
        await unit.until(lambda: unit.report().get("mode") == "completed", "completed", hurried=True)
        assert unit.state()["unmetered"] is True
        asked = len([call for call in controller.calls() if call.startswith("MeterStatus")])
        unit.leap(hours=1)
        await unit.stay()
        assert len([call for call in controller.calls() if call.startswith("MeterStatus")]) == asked

        await controller.stop()
        await unit.until(lambda: unit.report().get("mode") == "isolated", "without a controller")
        unit.leap(days=1)
        await unit.stay()
        assert unit.report()["unmetered"] is True
        assert "next-stage" not in unit.report()
    async with unit.running():
        await unit.until(lambda: unit.report().get("mode") == "isolated", "started without a controller")
        unit.leap(days=1)
        await unit.stay()
        assert unit.told() == [("GREEN", "ok")]

        controller.rows.update({lacking: wire.ROWS[lacking], GET: wire.status("AMBER", "near")})
        await controller.start()
        await unit.until_told("AMBER", "near", hurried=True)
        assert "unmetered" not in unit.state()


async def test_no_hook_runs_while_the_model_is_being_migrated(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """A change is held until the phase lets agents work, and nothing is written to the controller."""
    unit.write_conf(controller.address)
    async with unit.running():
        await settled(unit, controller)
        written = controller.count(SET)
        controller.rows["MigrationFlag(1).Phase"] = {"results": [{"phase": "QUIESCE"}]}
        controller.fire("1")
        await unit.until(lambda: controller.count("MigrationFlag(1).Phase") == 3, "the phase known")
        controller.rows[GET] = wire.status("RED", "over budget")
        controller.fire("2")
        held = "the model is being migrated, phase QUIESCE"
        await unit.until(lambda: unit.report()["last-outcome-detail"] == held, "held")
        assert unit.told() == [("GREEN", "ok")]
        assert controller.count(SET) == written

        controller.rows["MigrationFlag(1).Phase"] = {"results": [{"phase": "DONE"}]}
        controller.fire("1")
        await unit.until_told("RED", "over budget", hurried=True)


async def test_a_unit_that_is_cut_off_amid_a_migration_escalates(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """A guard that needs the controller guards nothing without it (B-01)."""
    controller.rows["MigrationFlag(1).Phase"] = {"results": [{"phase": "IMPORT"}]}
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until(lambda: "last-outcome-detail" in unit.report(), "held")
        await controller.stop()
        await unit.until(lambda: unit.report().get("mode") == "isolated", "isolated")
        unit.leap(minutes=16)
        await unit.until_told("RED", CUT_OFF)


async def test_what_was_told_without_contact_reaches_the_controller_without_the_record(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """After an outage the controller's copy is what the hook was told, and no disconnect record (B-10)."""
    unit.write_conf(controller.address)
    async with unit.running():
        await settled(unit, controller)
        await controller.stop()
        await unit.until(lambda: unit.report().get("mode") == "isolated", "isolated")
        unit.leap(minutes=16)
        await unit.until_told("RED", CUT_OFF)
        before = controller.count(SET)
        await controller.start()
        await unit.until_told("GREEN", "ok", hurried=True)
        await unit.until(lambda: controller.count(SET) > before, "the state written")
        (arg,) = controller.last(SET).params["args"]
        assert yaml.safe_load(arg["meter-status-state"]).get("disconnected") is None
        await unit.until(lambda: "disconnected" not in unit.state(), "the record is gone from the disk")
