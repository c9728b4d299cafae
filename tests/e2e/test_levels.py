"""Statuses of applications and the model, told to units through real processes."""

import json
import pathlib

import pytest

from harness import real_fleet


def test_an_applications_status_reaches_a_unit_added_later(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """A unit added under a RED application is told so, and what is its own once that is undone or over."""
    fleet.start_controller()
    first = fleet.add_unit("shop/0", charm, "--status", "GREEN")
    fleet.start_agent()
    fleet.meterstatus("set", "shop", "RED", "--level", "--info", "over budget")
    later = fleet.add_unit("shop/1", charm, "--status", "AMBER")
    real_fleet.wait_until(lambda: ("RED", "over budget") in real_fleet.told(first), "told RED")
    real_fleet.wait_until(lambda: bool(real_fleet.told(later)), "told RED")
    assert real_fleet.told(later) == [("RED", "over budget")]
    changes = json.loads(fleet.meterstatus("history", "--format", "json"))["changes"]
    (revision,) = (each["revision"] for each in changes if each["action"] == "level")
    done = fleet.meterstatus("undo", str(revision), "--yes")
    assert "1 of 2 units: RED → GREEN\n" in done
    assert "1 of 2 units: RED → AMBER\n" in done
    for unit, code in ((first, "GREEN"), (later, "AMBER")):
        real_fleet.wait_until(lambda unit=unit, code=code: real_fleet.told(unit)[-1:] == [(code, "")], code)
    # What is set for a time ends too where the controller is killed meanwhile, and says why.
    done = fleet.meterstatus("set", "shop", "RED", "--level", "--for", "10s", "--yes", "--reason", "a test")
    assert done.startswith("shop is RED (until 20")
    real_fleet.wait_until(lambda: real_fleet.told(first)[-1:] == [("RED", "")], "told RED")
    fleet.kill_controller()
    fleet.start_controller()
    for unit, code in ((first, "GREEN"), (later, "AMBER")):
        real_fleet.wait_until(lambda unit=unit, code=code: real_fleet.told(unit)[-1:] == [(code, "")], code)
    (ended,) = (
        each
        for each in json.loads(fleet.meterstatus("history", "--format", "json"))["changes"]
        if "ended-revision" in each
    )
    assert ended["reason"] == f"ended: set for 10s by admin at revision {ended['ended-revision']}"
    assert "Traceback" not in fleet.log("agent") + fleet.log("controller")


def test_a_fleet_is_not_turned_red_by_one_command(fleet: real_fleet.RealFleet, charm: pathlib.Path) -> None:
    """Six of six units are refused, by a level and one by one, until it is said that it is meant."""
    fleet.start_controller()
    for number in range(6):
        fleet.add_unit(f"shop/{number}", charm, "--status", "GREEN")
    for words in (("--model",), ("shop",)):
        with pytest.raises(AssertionError, match=r"6 of 6 units would become RED at once.*--blast-radius"):
            fleet.meterstatus("set", *words, "RED", "--yes")
    fleet.meterstatus("set", "shop", "RED", "--yes", "--blast-radius", "100")
    assert "6 of 6 units: RED → GREEN\n" in fleet.meterstatus("undo", "7", "--yes")
    units = json.loads(fleet.meterstatus("status", "--format", "json"))["units"]
    assert {each["told"]["status"] for each in units.values()} == {"GREEN"}
