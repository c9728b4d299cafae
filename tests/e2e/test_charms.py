"""Charms that people write, beside a real controller and a real agent, without anything of theirs changed."""

import pathlib
from collections.abc import Callable

import pytest

import meterstatus
from harness import real_fleet
from meterstatus.domain import policy

CHARMS = ("bash", "charmhelpers", "ops", "reactive")
SLOW = 60.0
"""Four interpreters one after another, on a busy machine."""


@pytest.mark.timeout(400)
def test_charms_of_every_kind_obey_through_change_and_loss(
    fleet: real_fleet.RealFleet,
    tmp_path: pathlib.Path,
    build_charm: Callable[[str, pathlib.Path], pathlib.Path],
) -> None:
    """Each is told what is set, then the stages of its agent's own, and logs to the agent's log."""
    fleet.start_controller()
    placed = {
        name: fleet.add_unit(
            f"{name}/0", build_charm(name, tmp_path / name), "--status", "GREEN", "--info", "ok"
        )
        for name in CHARMS
    }
    fleet.start_agent("--amber-grace", "20s", "--red-grace", "10m")

    def wait_until_told(code: str, info: str) -> None:
        for name in placed:
            # That it wrote this down is not enough: a hook that still runs when contact is lost is ended.
            file = fleet.unit_dir(f"{name}/0") / "meter-status.yaml"
            real_fleet.wait_until(
                lambda file=file: (
                    file.exists()
                    and meterstatus.State.from_yaml(file.read_text()).delivered
                    == meterstatus.MeterStatus(code, info)
                ),
                f"{name} told {code}; its agent's log:\n{fleet.log('agent')}",
                SLOW,
            )

    wait_until_told("GREEN", "ok")
    for name in CHARMS:
        fleet.meterstatus("set", name, "RED", "--info", "over budget")
    wait_until_told("RED", "over budget")
    assert all((charm / "closed").exists() for charm in placed.values())
    for name in CHARMS:
        fleet.meterstatus("set", name, "GREEN", "--info", "paid")
    wait_until_told("GREEN", "paid")
    fleet.stop_controller()
    wait_until_told("AMBER", policy.DISCONNECTED_INFO)
    assert not any((charm / "closed").exists() for charm in placed.values())

    for name, charm in placed.items():
        told = [
            ("GREEN", "ok"),
            ("RED", "over budget"),
            ("GREEN", "paid"),
            ("AMBER", policy.DISCONNECTED_INFO),
        ]
        assert real_fleet.told(charm) == told, name
        lines = [line for line in fleet.log("agent").splitlines() if f"unit.{name}/0.juju-log" in line]
        assert any("obeying RED: over budget" in line for line in lines), name
