"""The agent as operators meet it: real processes, TLS, files and hooks."""

import datetime
import json
import pathlib
import random
import shutil
import time
from typing import Any

import pytest

import meterstatus
from harness import real_fleet
from meterstatus.domain import policy
from meterstatus.programs.demo import ports

SHORT = ("--amber-grace", "3s", "--red-grace", "6s")
"""Long enough for a busy machine to log in, or to answer an agent that looks, before the first stage."""

AMBER = ("AMBER", policy.DISCONNECTED_INFO)
RED = ("RED", policy.DISCONNECTED_INFO)


def wait_until_told(charm: pathlib.Path, expected: tuple[str, str], seconds: float = 30.0) -> None:
    """Wait until the hook's last call said this."""
    real_fleet.wait_until(
        lambda: real_fleet.told(charm)[-1:] == [expected],
        f"told {expected}; it was told {real_fleet.told(charm)}",
        seconds,
    )


def recorded(fleet: real_fleet.RealFleet, unit: str) -> meterstatus.State:
    """Read what the agent has written down for a unit."""
    return meterstatus.State.from_yaml((fleet.unit_dir(unit) / "meter-status.yaml").read_text())


def reported(fleet: real_fleet.RealFleet) -> list[dict[str, Any]]:
    """Return the deliveries in the controller's history, oldest first."""
    return json.loads(fleet.meterstatus("history", "shop/0", "--format", "json"))["deliveries"]


def test_a_new_unit_is_told_not_set_and_then_each_change(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """A fresh unit hears AMBER "not set", as from Juju, then what is set, by unit and by application."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm)
    fleet.start_agent()
    wait_until_told(placed, ("AMBER", "not set"))

    fleet.meterstatus("set", "shop/0", "GREEN", "--info", "within budget")
    wait_until_told(placed, ("GREEN", "within budget"))
    fleet.meterstatus("set", "shop", "RED", "--info", "over budget")
    wait_until_told(placed, ("RED", "over budget"))

    assert len(real_fleet.told(placed)) == 3
    assert fleet.stop_agent() == 0


def test_started_without_a_controller_it_escalates_and_is_corrected(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """AMBER and RED come at their times, never early, and the controller's word when it is up."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN", "--info", "ok")
    fleet.stop_controller()
    began = time.monotonic()
    fleet.start_agent(*SHORT)
    wait_until_told(placed, AMBER)
    assert time.monotonic() - began >= 3.0
    wait_until_told(placed, RED)
    assert time.monotonic() - began >= 6.0

    fleet.start_controller()
    wait_until_told(placed, ("GREEN", "ok"), 45.0)

    assert real_fleet.told(placed) == [AMBER, RED, ("GREEN", "ok")]
    real_fleet.wait_until(lambda: recorded(fleet, "shop/0").code == "GREEN", "GREEN recorded")
    assert recorded(fleet, "shop/0").disconnected is None

    real_fleet.wait_until(lambda: len(reported(fleet)) == 3, "all three reported to the controller")
    assert [(one["status"], one["origin"], one["result"]) for one in reported(fleet)] == [
        ("AMBER", "agent", "ran"),
        ("RED", "agent", "ran"),
        ("GREEN", "controller", "ran"),
    ]


def test_killed_while_cut_off_it_neither_forgets_nor_repeats(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """Kills during the grace periods move no stage: each comes once, counted from the first loss."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN", "--info", "ok")
    fleet.stop_controller()
    graces = {"AMBER": datetime.timedelta(seconds=4), "RED": datetime.timedelta(seconds=9)}
    periods = ("--amber-grace", "4s", "--red-grace", "9s")
    fleet.start_agent(*periods)
    file = fleet.unit_dir("shop/0") / "meter-status.yaml"
    real_fleet.wait_until(lambda: file.exists() and recorded(fleet, "shop/0").cut_off_at, "the loss recorded")
    lost_at = recorded(fleet, "shop/0").cut_off_at
    assert lost_at is not None
    for code, grace in graces.items():
        # Not while the hook may run: what was told and is not recorded as told is rightly told again.
        while datetime.datetime.now(datetime.UTC) < lost_at + grace - datetime.timedelta(seconds=1):
            fleet.kill_agent()
            fleet.start_agent(*periods)
            time.sleep(0.3)
        real_fleet.wait_until(lambda code=code: recorded(fleet, "shop/0").code == code, f"{code} recorded")

    assert real_fleet.told(placed) == [AMBER, RED]
    still = recorded(fleet, "shop/0").cut_off_at
    assert still is not None
    # The wall clock is slewed against the boot clock by some microseconds meanwhile.
    assert abs(still - lost_at) < datetime.timedelta(milliseconds=50)
    late = datetime.datetime.now(datetime.UTC) - lost_at
    assert late >= graces["RED"]


@pytest.mark.timeout(300)  # twenty agents started one after another, on a busy machine
def test_killed_at_any_moment_it_ends_in_the_right_status(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """Twenty changes, each with a kill at a random moment after it: the last one is what counts."""
    moments = random.Random(20310506)  # noqa: S311 - a seed, so that a failure can be repeated
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN")
    fleet.start_agent()
    for number in range(20):
        code = ("RED", "AMBER", "GREEN")[number % 3]
        real_fleet.put(fleet.login, "shop/0", code, f"change {number}")
        time.sleep(moments.uniform(0.0, 0.05))
        fleet.kill_agent()
        fleet.start_agent()
    wait_until_told(placed, ("AMBER", "change 19"))
    real_fleet.wait_until(lambda: recorded(fleet, "shop/0").info == "change 19", "the last change recorded")
    assert recorded(fleet, "shop/0").delivering is None


def test_units_come_and_go_while_it_runs(fleet: real_fleet.RealFleet, charm: pathlib.Path) -> None:
    """A unit added later is served within seconds, and one removed is left, without a restart."""
    fleet.start_controller()
    fleet.data_dir.mkdir()
    fleet.start_agent()
    first = fleet.add_unit("shop/0", charm, "--status", "GREEN")
    wait_until_told(first, ("GREEN", ""))
    second = fleet.add_unit("shop/1", charm, "--status", "AMBER")
    wait_until_told(second, ("AMBER", ""))

    fleet.meterstatus("unit", "remove", "shop/0", "--data-dir", str(fleet.data_dir))
    real_fleet.wait_until(lambda: "unit-shop-0: its agent.conf is gone" in fleet.log("agent"), "unit left")
    fleet.meterstatus("set", "shop", "RED")
    wait_until_told(second, ("RED", ""))

    assert real_fleet.told(first) == [("GREEN", "")]


def test_a_file_that_cannot_be_used_stops_no_other_unit(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """The log says which file and why; the other unit is served."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN")
    broken = fleet.unit_dir("shop/1")
    broken.mkdir()
    (broken / "agent.conf").write_text("# format 9\n")
    copied = fleet.unit_dir("shop/2")
    copied.mkdir()
    shutil.copy(fleet.unit_dir("shop/0") / "agent.conf", copied)
    fleet.start_agent()
    wait_until_told(placed, ("GREEN", ""))

    assert "unit-shop-1 is not served: " in fleet.log("agent")
    assert "unit-shop-2 is not served: " in fleet.log("agent")
    assert "is the file of unit-shop-0, not of unit-shop-2" in fleet.log("agent")
    assert "Traceback" not in fleet.log("agent")


def test_it_moves_past_addresses_that_do_not_answer(fleet: real_fleet.RealFleet, charm: pathlib.Path) -> None:
    """Of several controller addresses one that answers is enough."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN")
    conf = fleet.unit_dir("shop/0") / "agent.conf"
    dead = f"127.0.0.1:{ports.free_port()}"
    text = conf.read_text()
    assert "apiaddresses:\n" in text
    conf.write_text(
        text.replace("apiaddresses:\n", f"apiaddresses:\n- {dead}\n- 127.0.0.1:{ports.free_port()}\n")
    )
    fleet.start_agent()

    wait_until_told(placed, ("GREEN", ""))


def test_a_hook_that_hangs_does_not_keep_the_agent(
    fleet: real_fleet.RealFleet, tmp_path: pathlib.Path
) -> None:
    """SIGTERM ends the hook and its children, the agent with status 0, and the hook is told again."""
    hanging = real_fleet.HOOK + "sleep 1000 &\nsleep 1000\n"
    fleet.start_controller()
    placed = fleet.add_unit(
        "shop/0", real_fleet.write_charm(tmp_path / "hanging", hanging), "--status", "RED"
    )
    fleet.start_agent()
    wait_until_told(placed, ("RED", ""))
    began = time.monotonic()
    assert fleet.stop_agent() == 0
    assert time.monotonic() - began < 10.0
    assert recorded(fleet, "shop/0").code == ""

    hook = placed / "hooks" / "meter-status-changed"
    hook.write_text(real_fleet.HOOK)
    fleet.start_agent()
    real_fleet.wait_until(lambda: recorded(fleet, "shop/0").code == "RED", "RED recorded")
    assert real_fleet.told(placed) == [("RED", ""), ("RED", "")]


def test_units_of_a_machine_take_turns(fleet: real_fleet.RealFleet, tmp_path: pathlib.Path) -> None:
    """Two hooks never run at once on a machine."""
    marks = tmp_path / "marks"
    slow = f'#!/bin/sh\nset -e\nmkdir "{marks}"\nsleep 0.2\nrmdir "{marks}"\necho done >> told\n'
    source = real_fleet.write_charm(tmp_path / "slow", slow)
    fleet.start_controller()
    placed = [fleet.add_unit(f"shop/{number}", source, "--status", "GREEN") for number in range(4)]
    fleet.start_agent()

    for charm in placed:
        real_fleet.wait_until((charm / "told").exists, f"{charm} told")
    assert "hook failed" not in fleet.log("agent")


@pytest.mark.parametrize("missing", ["metadata.yaml", "hooks/meter-status-changed"])
def test_a_charm_that_is_not_whole_is_told_when_it_is(
    fleet: real_fleet.RealFleet, charm: pathlib.Path, missing: str
) -> None:
    """Without its metadata the charm is not there yet and is told later; without the hook it is told all."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN")
    held = (placed / missing).read_bytes()
    (placed / missing).unlink()
    fleet.start_agent()
    if missing == "metadata.yaml":
        real_fleet.wait_until(lambda: "waiting for the charm" in fleet.log("agent"), "the charm awaited")
        (placed / missing).write_bytes(held)
        wait_until_told(placed, ("GREEN", ""))
    else:
        real_fleet.wait_until(lambda: "hook missing" in fleet.log("agent"), "nothing to run")
        real_fleet.wait_until(lambda: recorded(fleet, "shop/0").code == "GREEN", "GREEN recorded")


def test_a_unit_that_the_controller_no_longer_knows_is_cut_off(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """A unit removed at the controller alone escalates, though its agent was connected."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN")
    fleet.start_agent(*SHORT)
    wait_until_told(placed, ("GREEN", ""))
    fleet.meterstatus("unit", "remove", "shop/0", "--data-dir", str(fleet.folder / "elsewhere"))

    wait_until_told(placed, RED)
    assert real_fleet.told(placed) == [("GREEN", ""), AMBER, RED]
