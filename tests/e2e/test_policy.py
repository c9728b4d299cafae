"""Policies set at the controller, and followed by a real agent while the controller is gone."""

import datetime
import pathlib
import signal
from typing import NamedTuple

import meterstatus
from harness import real_fleet
from meterstatus.domain import policy

AMBER, RED, WARNING = (datetime.timedelta(seconds=seconds) for seconds in (10, 20, 3))
LATENESS = datetime.timedelta(seconds=5)
"""For a busy machine; a stage is never early."""

SLEWED = datetime.timedelta(milliseconds=50)
"""By how much the wall clock, which the hook reads, may have run against the boot clock meanwhile."""

HOOK = """#!/bin/sh
now=$(date +%s.%N)
echo "$now $JUJU_HOOK_NAME $JUJU_METER_STATUS $METER_STATUS_NEXT_STATUS" >> told
"""


class Told(NamedTuple):
    """One run of a hook."""

    at: datetime.datetime
    hook: str
    status: str
    upcoming: str
    """The next stage; empty where there is none."""


def write_charm(folder: pathlib.Path) -> pathlib.Path:
    """Make a charm whose hooks write down when they ran and what they were told."""
    real_fleet.write_charm(folder, HOOK)
    warning = folder / "hooks" / "meter-status-will-change"
    warning.write_text(HOOK)
    warning.chmod(0o755)
    return folder


def told(charm: pathlib.Path) -> list[Told]:
    """Read what a charm's hooks wrote."""
    path = charm / "told"
    runs: list[Told] = []
    for line in path.read_text().splitlines() if path.exists() else ():
        at, hook, status, upcoming = line.split(" ")
        runs.append(Told(datetime.datetime.fromtimestamp(float(at), datetime.UTC), hook, status, upcoming))
    return runs


def recorded(fleet: real_fleet.RealFleet, unit: str) -> meterstatus.State:
    """Read what the agent has written down for a unit."""
    path = fleet.unit_dir(unit) / "meter-status.yaml"
    return meterstatus.State.from_yaml(path.read_text()) if path.exists() else meterstatus.State()


def wait_until_followed(fleet: real_fleet.RealFleet, unit: str, expected: policy.Policy | None) -> None:
    """Wait until a unit's policy is on the disk."""
    real_fleet.wait_until(lambda: recorded(fleet, unit).policy == expected, f"{unit} follows {expected}")


def test_a_policy_reaches_a_running_agent_and_holds_without_the_controller(
    fleet: real_fleet.RealFleet, tmp_path: pathlib.Path
) -> None:
    """Set while the agent runs, it holds through kills without contact, and each stage comes at its time.

    Another unit of the machine, whose application's policy has no stage, keeps its last status.
    """
    source = write_charm(tmp_path / "source")
    fleet.start_controller()
    short, never = (fleet.add_unit(unit, source, "--status", "GREEN") for unit in ("shop/0", "shop/1"))
    fleet.start_agent()
    for charm in (short, never):
        real_fleet.wait_until(lambda charm=charm: told(charm), f"{charm} told GREEN")
    fleet.meterstatus("policy", "set", "shop", "--amber", "off", "--red", "off")
    for unit in ("shop/0", "shop/1"):
        wait_until_followed(fleet, unit, policy.amber_red(None, None))
    words = ("--amber", "10s", "--red", "20s", "--warning", "3s")
    said = fleet.meterstatus("policy", "set", "shop/0", *words)
    assert said == "shop/0 without contact: AMBER after 10s, RED after 20s, warned 3s before\n"
    wait_until_followed(fleet, "shop/0", policy.amber_red(AMBER, RED, WARNING))
    wait_until_followed(fleet, "shop/1", policy.amber_red(None, None))

    fleet.stop_controller()
    real_fleet.wait_until(lambda: recorded(fleet, "shop/0").cut_off_at is not None, "the loss written down")
    fleet.kill_agent()
    lost_at = recorded(fleet, "shop/0").cut_off_at
    assert lost_at is not None
    fleet.start_agent()
    ready_at = datetime.datetime.now(datetime.UTC)
    real_fleet.wait_until(lambda: told(short)[-1].status == "RED", "RED told")

    runs = told(short)[1:]
    changes = [run for run in runs if run.hook == "meter-status-changed"]
    assert [run.status for run in changes] == ["AMBER", "RED"]
    for run, grace in zip(changes, (AMBER, RED), strict=True):
        assert run.at - lost_at >= grace - SLEWED
        assert run.at - max(lost_at + grace, ready_at) <= LATENESS
    warnings = {run.upcoming: run for run in runs if run.hook == "meter-status-will-change"}
    assert "RED" in warnings  # on a busy machine the agent may be back too late to warn of AMBER
    for stage, grace in {"AMBER": AMBER, "RED": RED}.items():
        if stage in warnings:
            assert grace - WARNING - SLEWED <= warnings[stage].at - lost_at <= grace + SLEWED
            assert warnings[stage].status != stage
    assert [run.status for run in told(never)] == ["GREEN"]
    assert recorded(fleet, "shop/1").disconnected is not None
    assert "Traceback" not in fleet.log("agent") + fleet.log("controller")


def test_a_silent_controller_puts_off_no_stage(fleet: real_fleet.RealFleet, tmp_path: pathlib.Path) -> None:
    """One that keeps its connections and answers nothing is given up in time for a stage of ten seconds."""
    fleet.start_controller()
    charm = fleet.add_unit("shop/0", write_charm(tmp_path / "source"), "--status", "GREEN")
    fleet.start_agent()
    real_fleet.wait_until(lambda: told(charm), "told GREEN")
    fleet.meterstatus("policy", "set", "shop/0", "--amber", "10s", "--red", "off")
    wait_until_followed(fleet, "shop/0", policy.amber_red(AMBER, None))
    assert fleet.controller is not None
    fleet.controller.send_signal(signal.SIGSTOP)
    try:
        real_fleet.wait_until(lambda: recorded(fleet, "shop/0").code == "AMBER", "AMBER recorded")
        lost_at = recorded(fleet, "shop/0").cut_off_at
    finally:
        fleet.controller.send_signal(signal.SIGCONT)
    assert lost_at is not None
    _, run = told(charm)
    assert AMBER - SLEWED <= run.at - lost_at <= AMBER + LATENESS
