"""What is asserted, delivered and predicted of a unit whose agent is killed and comes back."""

import datetime
import json
import pathlib

from harness import real_fleet
from meterstatus.programs.cli import session
from meterstatus.protocol.facades import meter_status_admin

TO_RED = datetime.timedelta(seconds=10)
"""From AMBER to RED."""


def shown(fleet: real_fleet.RealFleet, unit: str) -> meter_status_admin.UnitStatus:
    """Return what the controller answers of a unit; a command of its own for each look is too slow."""
    dial = session.websocket_dialer
    answer = session.ask(fleet.login, dial, lambda opened: opened.admin.status((unit,)))
    return answer.units[0]


def reported(fleet: real_fleet.RealFleet, unit: str) -> str:
    """Return what a unit's hook was last reported to be told; "" where nothing was."""
    held = shown(fleet, unit).delivered
    return "" if held is None else held.delivery.code


def test_a_killed_agent_is_predicted_and_its_return_is_seen(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """Its last contact outlives the controller, AMBER is predicted at its time, and then it is told."""
    fleet.start_controller()
    fleet.add_unit("shop/0", charm, "--status", "GREEN")
    fleet.meterstatus("policy", "set", "shop", "--amber", "10s", "--red", "20s")
    fleet.start_agent()
    real_fleet.wait_until(lambda: reported(fleet, "shop/0") == "GREEN", "GREEN is delivered")
    told = shown(fleet, "shop/0")
    assert (told.connected, told.predicted) == (True, None)

    fleet.kill_agent()
    real_fleet.wait_until(lambda: not shown(fleet, "shop/0").connected, "the loss is seen")
    lost = shown(fleet, "shop/0")
    assert lost.contact is not None
    due = lost.contact.last_contact + datetime.timedelta(seconds=10)
    fleet.stop_controller()
    fleet.start_controller()
    assert shown(fleet, "shop/0").contact == lost.contact

    # Before each look and after it: a look takes its time.
    looks: list[tuple[datetime.datetime, datetime.datetime, str]] = []

    def has_escalated() -> bool:
        before = datetime.datetime.now(datetime.UTC)
        predicted = shown(fleet, "shop/0").predicted
        assert predicted is not None
        looks.append((before, datetime.datetime.now(datetime.UTC), predicted.stage))
        return bool(predicted.stage)

    real_fleet.wait_until(has_escalated, "a stage is predicted")
    assert looks[-1][1] >= due
    assert all(before < due for before, _, stage in looks if not stage)
    assert looks[-1][2] == ("AMBER" if looks[-1][1] < due + TO_RED else looks[-1][2])

    fleet.meterstatus("set", "shop/0", "RED", "--info", "unpaid")
    fleet.start_agent()
    real_fleet.wait_until(lambda: reported(fleet, "shop/0") == "RED", "RED is delivered")
    document = json.loads(fleet.meterstatus("status", "--format", "json"))["units"]["shop/0"]
    assert (document["connected"], document["predicted"], document["problem"]) == (True, None, False)
