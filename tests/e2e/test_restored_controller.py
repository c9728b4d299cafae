"""A controller that was restored or led back, and one that is away as announced, with real processes."""

import datetime
import json
import pathlib
import shutil
import threading
from typing import Any

import meterstatus
from harness import real_fleet
from meterstatus.domain import epoch

HOOK = """#!/bin/sh
longer=${METER_STATUS_MAINTENANCE_SECONDS:-0}
echo "$(date +%s.%N) $JUJU_METER_STATUS $METER_STATUS_EPOCH_STATE $longer" >> told
"""
SLEWED = datetime.timedelta(milliseconds=50)
LATENESS = datetime.timedelta(seconds=5)
"""For a busy machine; a stage is never early."""


def told(charm: pathlib.Path) -> list[list[str]]:
    """Read what a charm's hook wrote: when, the status, how the controller stands, and the maintenance."""
    path = charm / "told"
    return [line.split(" ") for line in path.read_text().splitlines()] if path.exists() else []


def codes(charm: pathlib.Path) -> list[str]:
    return [run[1] for run in told(charm)]


def wait_until_told(charm: pathlib.Path, code: str) -> None:
    real_fleet.wait_until(lambda: codes(charm)[-1:] == [code], f"{charm} told {code}")


def status(fleet: real_fleet.RealFleet) -> dict[str, Any]:
    return json.loads(fleet.meterstatus("status", "--format", "json"))


def recorded(fleet: real_fleet.RealFleet) -> meterstatus.State:
    path = fleet.unit_dir("shop/0") / "meter-status.yaml"
    return meterstatus.State.from_yaml(path.read_text())


def wait_until_reported(fleet: real_fleet.RealFleet) -> None:
    """Wait until the controller was told what the unit has heard, and has said that it is not here."""
    real_fleet.wait_until(
        lambda: "which is not here" in fleet.log("controller"), "the controller hears of it"
    )


def test_a_lost_machine_is_rebuilt_from_a_backup(fleet: real_fleet.RealFleet, tmp_path: pathlib.Path) -> None:
    """Backed up while it changes; the unit follows what is restored, is told so, and so is the operator."""
    place, backup = tmp_path / "controller", tmp_path / "backup"
    fleet.start_controller()
    charm = fleet.add_unit("shop/0", real_fleet.write_charm(tmp_path / "source", HOOK), "--status", "GREEN")
    fleet.start_agent()
    wait_until_told(charm, "GREEN")
    changing = threading.Thread(
        target=lambda: fleet.meterstatus("set", "shop/0", "GREEN", "--info", "a change")
    )
    changing.start()
    said = fleet.meterstatus("controller", "backup", str(backup), "--data-dir", str(place))
    changing.join()
    assert "read again and whole" in said
    assert backup.stat().st_mode & 0o777 == 0o600
    fleet.meterstatus("set", "shop/0", "RED")
    wait_until_told(charm, "RED")

    fleet.kill_controller()
    shutil.rmtree(place)
    fleet.meterstatus("controller", "restore", str(backup), "--data-dir", str(place))
    fleet.start_controller()
    wait_until_told(charm, "GREEN")
    assert told(charm)[-1][2] == "restored"
    wait_until_reported(fleet)
    held = status(fleet)
    assert (held["given-up"]["units"], held["behind"]) == (1, None)
    assert held["given-up"]["revision"] > held["epoch"]["base"]
    assert "it was led back by a restore from revision" in fleet.meterstatus(
        "agent", "status", "--data-dir", str(fleet.data_dir)
    )
    assert "it was led back by a restore, and follows it" in fleet.log("agent")
    assert "Traceback" not in fleet.log("agent") + fleet.log("controller")


def is_beyond(standing: epoch.Standing | None) -> bool:
    """Tell whether a unit has heard a higher revision of a history that it knows to be another one."""
    if standing is None or standing.older is None:
        return False
    return standing.is_lost and standing.older > standing.heard


def test_an_old_database_put_back_lowers_nothing(fleet: real_fleet.RealFleet, tmp_path: pathlib.Path) -> None:
    """A unit that was told RED stays RED until the operator, who is told of it, begins an epoch."""
    database, old = tmp_path / "controller" / "controller.db", tmp_path / "old.db"
    fleet.start_controller()
    charm = fleet.add_unit("shop/0", real_fleet.write_charm(tmp_path / "source", HOOK), "--status", "GREEN")
    fleet.start_agent()
    wait_until_told(charm, "GREEN")
    fleet.stop_controller()
    shutil.copy(database, old)
    fleet.start_controller()
    fleet.meterstatus("set", "shop/0", "RED")
    wait_until_told(charm, "RED")
    fleet.stop_controller()
    shutil.copy(old, database)
    fleet.start_controller()

    wait_until_reported(fleet)
    held = status(fleet)
    assert held["units"]["shop/0"]["status"] == "GREEN"
    assert (held["behind"]["units"], held["given-up"]) == (1, None)
    assert held["behind"]["revision"] > held["revision"]
    # More changes than were lost: its revision is the higher one now, of another history.
    for number in range(2):
        fleet.meterstatus("set", "shop/0", "GREEN", "--info", f"change {number}")
    real_fleet.wait_until(lambda: is_beyond(recorded(fleet).standing), "the unit hears of another history")
    assert codes(charm) == ["GREEN", "RED"]

    said = fleet.meterstatus("controller", "new-epoch", "--reason", "the old one is good enough")
    assert "every unit follows it" in said
    wait_until_told(charm, "GREEN")
    assert codes(charm) == ["GREEN", "RED", "GREEN"]
    assert "Traceback" not in fleet.log("agent") + fleet.log("controller")


def test_announced_maintenance_puts_off_a_stage(fleet: real_fleet.RealFleet, tmp_path: pathlib.Path) -> None:
    """A unit that heard of it waits so much longer, through a kill of its agent, and no longer."""
    fleet.start_controller()
    charm = fleet.add_unit("shop/0", real_fleet.write_charm(tmp_path / "source", HOOK), "--status", "GREEN")
    fleet.start_agent()
    wait_until_told(charm, "GREEN")
    fleet.meterstatus("policy", "set", "shop/0", "--amber", "10s", "--red", "20s")
    said = fleet.meterstatus("maintenance", "20s", "--reason", "a new disk")
    assert "by admin: a new disk" in said
    assert "1 of 1 unit is connected and hears of it" in said
    real_fleet.wait_until(lambda: (mark := recorded(fleet).mark) and mark.longer, "the agent has heard it")
    fleet.stop_controller()
    real_fleet.wait_until(lambda: recorded(fleet).cut_off_at is not None, "the loss written down")
    fleet.kill_agent()
    lost = recorded(fleet)
    assert lost.mark is not None
    assert lost.cut_off_at is not None
    longer = lost.mark.longer
    assert datetime.timedelta(seconds=1) < longer <= datetime.timedelta(seconds=20)
    fleet.start_agent()
    ready_at = datetime.datetime.now(datetime.UTC)
    wait_until_told(charm, "AMBER")
    at = datetime.datetime.fromtimestamp(float(told(charm)[-1][0]), datetime.UTC)
    due = lost.cut_off_at + datetime.timedelta(seconds=10) + longer
    assert at >= due - SLEWED
    assert at - max(due, ready_at) <= LATENESS
    assert told(charm)[-1][3] == str(int(longer.total_seconds()))
    assert codes(charm) == ["GREEN", "AMBER"]
    assert "Traceback" not in fleet.log("agent") + fleet.log("controller")
