"""Logging in to a Juju controller, and every way in which that may fail (spec juju-api, 2, 9.1 and 9.3)."""

from typing import Any

import pytest
import yaml

from harness import juju_controller
from tests.integration.juju import wire

Refusal = juju_controller.Refusal


async def test_the_calls_come_in_jujus_order(unit: Any, controller: juju_controller.JujuController) -> None:
    """Login, life, migration, then the status: state, watch, read, hook, and what was told written back."""
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until_told("GREEN", "ok")
        await unit.until(lambda: controller.count("MeterStatus(2).SetState"), "the state written")
    assert controller.calls()[:4] == [
        "Admin(3).Login",
        "Agent(3).GetEntities",
        "MigrationFlag(1).Phase",
        "MeterStatus(2).GetMeterStatus",
    ]
    after = [call for call in controller.calls()[4:] if call.startswith("MeterStatus(2).")]
    assert after[:4] == [
        "MeterStatus(2).State",
        "MeterStatus(2).WatchMeterStatus",
        "MeterStatus(2).GetMeterStatus",
        "MeterStatus(2).SetState",
    ]
    assert controller.count("MigrationFlag(1).Watch") == 1
    assert controller.asked[0].params == {
        "auth-tag": "unit-shop-0",
        "credentials": "q3VbK0m1eYtW9pZsL7xGd2Ra",
        "nonce": "unused",
        "client-version": "3.6-beta2",
    }
    assert controller.last("Agent(3).GetEntities").params == {"entities": [{"tag": "unit-shop-0"}]}
    assert controller.last("MigrationFlag(1).Phase").params == {"entities": [{"tag": f"model-{wire.MODEL}"}]}
    assert controller.last("MeterStatus(2).State").params == {"entities": [{"tag": "unit-shop-0"}]}
    (arg,) = controller.last("MeterStatus(2).SetState").params["args"]
    assert set(arg) == {"tag", "meter-status-state"}
    stored = yaml.safe_load(arg["meter-status-state"])
    assert (stored["status-code"], stored["status-info"]) == ("GREEN", "ok")
    assert "disconnected" not in stored


async def test_what_a_juju_agent_told_is_told_once_more(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """A unit that is taken over with nothing but its agent.conf is told once what the copy has already.

    The copy does not have what a Juju agent told without contact, and what is told twice does no harm.
    Started again, the unit has a file of its own and is told nothing.
    """
    stored = {"meter-status-state": "status-code: GREEN\nstatus-info: ok\n"}
    controller.rows["MeterStatus(2).State"] = {"results": [stored]}
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until_told("GREEN", "ok")
    former = controller.count("NotifyWatcher(1).Next")
    async with unit.running():
        await unit.until(lambda: controller.count("NotifyWatcher(1).Next") == former + 2, "both watches")
        controller.rows["MeterStatus(2).GetMeterStatus"] = wire.status("RED", "over budget")
        controller.fire("2")
        await unit.until_told("RED", "over budget")
    assert unit.told() == [("GREEN", "ok"), ("RED", "over budget")]


async def test_what_the_controller_has_stored_is_not_told_again(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """A unit whose own file agrees with the controller's copy hears nothing until it is something else."""
    stored = {"meter-status-state": "status-code: GREEN\nstatus-info: ok\n"}
    controller.rows["MeterStatus(2).State"] = {"results": [stored]}
    unit.write_conf(controller.address)
    (unit.directory / "meter-status.yaml").write_text("status-code: GREEN\nstatus-info: ok\n")
    async with unit.running():
        await unit.until(lambda: unit.report().get("mode") == "connected", "connected")
        controller.rows["MeterStatus(2).GetMeterStatus"] = wire.status("RED", "over budget")
        await unit.until(lambda: controller.count("NotifyWatcher(1).Next") == 2, "both watches")
        controller.fire("2")
        await unit.until_told("RED", "over budget")
    assert unit.told() == [("RED", "over budget")]


async def test_an_initial_password_is_exchanged_first(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """The new one is in the file before the controller hears of it, and the next login is with it."""
    seen: list[tuple[str, str]] = []

    def set_passwords(params: Any) -> juju_controller.Reply:
        (change,) = params["changes"]
        settings = unit.settings()
        seen.append((settings.api_password, settings.old_password))
        controller.rows["Admin(3).Login"] = wire.login(change["password"])
        return {"results": [{}]}

    controller.rows["Admin(3).Login"] = wire.login(wire.INITIAL)
    controller.rows["Agent(3).SetPasswords"] = juju_controller.Choice(set_passwords)
    unit.write_conf(controller.address, current="")
    async with unit.running():
        await unit.until_told("GREEN", "ok")
        await unit.stay(2.2)
    assert controller.connections == 2
    assert controller.calls(1) == ["Admin(3).Login", "Agent(3).GetEntities", "Agent(3).SetPasswords"]
    assert controller.last("Agent(3).SetPasswords").params["changes"][0]["tag"] == "unit-shop-0"
    ((current, old),) = seen
    assert (len(current), old) == (24, wire.INITIAL)
    assert controller.last("Admin(3).Login").params["credentials"] == current
    assert (unit.settings().api_password, unit.settings().old_password) == (current, old)
    assert "loggingconfig: <root>=INFO\n" in unit.conf.read_text()


async def test_a_password_that_the_controller_never_heard_of_is_made_good(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """After a crash between file and controller the old one still lets in, and another takes its place."""
    controller.rows["Admin(3).Login"] = wire.login(wire.INITIAL)
    controller.rows["Agent(3).SetPasswords"] = juju_controller.Choice(
        lambda params: (
            controller.rows.update({"Admin(3).Login": wire.login(params["changes"][0]["password"])})
            or {"results": [{}]}
        )
    )
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until_told("GREEN", "ok")
    tried = [one.params["credentials"] for one in controller.asked if one.call == "Admin(3).Login"]
    assert tried[:2] == [wire.CURRENT, wire.INITIAL]
    assert tried[2:] == [unit.settings().api_password]
    assert unit.settings().old_password == wire.INITIAL


async def test_a_refused_unit_is_not_tried_again_and_escalates(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """Both passwords refused is for good, said in words, and no contact; a changed file is tried at once."""
    controller.rows["Admin(3).Login"] = wire.login()
    unit.write_conf(controller.address, old="forgotten")
    async with unit.running():
        await unit.until(lambda: "connection-error" in unit.report(), "refused")
        assert unit.report()["connection-error"] == (
            "the controller refuses unit-shop-0 with both the current and the old password: invalid entity"
            " name or password: not tried again until its agent.conf changes, or the agent is started again"
        )
        for code in ("AMBER", "RED"):
            unit.leap(minutes=10)
            await unit.until_told(code, "unit agent has been disconnected")
        unit.leap(hours=3)
        await unit.stay()
        assert controller.count("Admin(3).Login") == 2

        controller.rows["Admin(3).Login"] = wire.login(wire.CURRENT)
        unit.write_conf(controller.address)
        unit.leap(seconds=3)
        await unit.until_told("GREEN", "ok")


@pytest.mark.parametrize(
    "entity",
    [
        {"life": "dead", "jobs": None, "container-type": ""},
        {"life": "", "jobs": None, "container-type": "", "error": wire.GONE},
        {"life": "", "jobs": None, "container-type": "", "error": wire.DENIED},
    ],
)
async def test_a_dead_or_removed_unit_is_given_up(
    unit: Any, controller: juju_controller.JujuController, entity: dict[str, Any]
) -> None:
    """It may log in until it is removed; nothing is asked for it, and its status is nobody's."""
    controller.rows["Agent(3).GetEntities"] = {"entities": [entity]}
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until(lambda: "not tried again" in unit.report().get("connection-error", ""), "given up")
        unit.leap(minutes=16)
        await unit.until_told("RED", "unit agent has been disconnected")
    assert controller.calls() == ["Admin(3).Login", "Agent(3).GetEntities"]


async def test_a_dying_unit_is_served(unit: Any, controller: juju_controller.JujuController) -> None:
    """It may need its last words more than any other."""
    controller.rows["Agent(3).GetEntities"] = {
        "entities": [{"life": "dying", "jobs": None, "container-type": ""}]
    }
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until_told("GREEN", "ok")


@pytest.mark.parametrize("gone", [wire.GONE, wire.DENIED])
async def test_a_unit_that_goes_while_its_password_is_changed_is_given_up(
    unit: Any, controller: juju_controller.JujuController, gone: dict[str, str]
) -> None:
    """Nobody will take that password any more."""
    controller.rows["Admin(3).Login"] = wire.login(wire.INITIAL)
    controller.rows["Agent(3).SetPasswords"] = {"results": [{"error": gone}]}
    unit.write_conf(controller.address, current="")
    async with unit.running():
        await unit.until(lambda: "not tried again" in unit.report().get("connection-error", ""), "given up")
    assert controller.connections == 1


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal("try again", "try again"),
        Refusal(f'unknown model: "{wire.MODEL}"', "model not found"),
        Refusal("login for unit shop/0 blocked because upgrade is in progress"),
        Refusal("login failed - maintenance in progress"),
        Refusal("already logged in"),
        Refusal("machine 0 not provisioned", "not provisioned"),
    ],
    ids=lambda refusal: refusal.error[:24],
)
async def test_other_refusals_of_the_login_are_tried_again(
    unit: Any, controller: juju_controller.JujuController, refusal: juju_controller.Refusal
) -> None:
    """Only bad credentials are for good; anything else passes, and costs the unit no password."""
    controller.rows["Admin(3).Login"] = (refusal, refusal, wire.LOGIN)
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until(lambda: refusal.error in unit.report().get("connection-error", ""), "refused")
        await unit.until_told("GREEN", "ok", hurried=True)
        assert "connection-error" not in unit.report()
    assert controller.count("Admin(3).Login") == 3
    assert controller.count("Agent(3).SetPasswords") == 0


async def test_a_redirect_is_a_failure_that_says_what_to_do(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """No agent is ever sent one; it is not followed, and the words say what must change."""
    info = {
        "servers": [[{"value": "10.9.0.1", "type": "ipv4", "scope": "public", "port": 17070}]],
        "ca-cert": "PEM",
    }
    controller.rows["Admin(3).Login"] = Refusal(
        "redirection to alternative server required", "redirection required", info
    )
    before = controller.address
    unit.write_conf(before)
    async with unit.running():
        await unit.until(lambda: "connection-error" in unit.report(), "refused")
        said = unit.report()["connection-error"]
        assert said == (
            "the controller says that the model has moved to another one"
            " (redirection to alternative server required);"
            " agent.conf must name that controller, its addresses and its CA"
        )
        await unit.until(lambda: controller.count("Admin(3).Login") > 1, "tried again", hurried=True)
    assert unit.settings().api_addresses == (before,)


async def test_a_model_that_is_being_imported_is_no_contact_yet(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """The login works and every call fails; that is tried again like any other failure."""
    importing = Refusal("migration in progress, model is importing")
    for call in ("Agent(3).GetEntities", "MigrationFlag(1).Phase", "MeterStatus(2).GetMeterStatus"):
        controller.rows[call] = importing
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until(lambda: importing.error in unit.report().get("connection-error", ""), "refused")
        controller.rows.update(wire.ROWS)
        await unit.until_told("GREEN", "ok", hurried=True)


async def test_an_answer_for_another_model_is_no_login(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """The model in the answer is compared with the one that was dialled."""
    other = {**wire.LOGIN, "model-tag": f"model-{wire.MODEL.replace('0b', '1b')}"}
    controller.rows["Admin(3).Login"] = (other, wire.LOGIN)
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until(lambda: "instead of" in unit.report().get("connection-error", ""), "refused")
        await unit.until_told("GREEN", "ok", hurried=True)
