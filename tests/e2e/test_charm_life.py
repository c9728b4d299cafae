"""A charm that comes, waits, is unpacked and is upgraded, beside real processes (B-06 g, B-07, B-08)."""

import pathlib
import time

import pytest

from harness import real_fleet
from meterstatus.domain.unit import delivery

SOON = delivery.CHARM_LOOK.total_seconds() + 10.0
"""For the next look, and a busy machine."""


def _log_of_waiting(fleet: real_fleet.RealFleet) -> list[str]:
    lines = fleet.log("agent").splitlines()
    return [line for line in lines if "waiting for the charm" in line or "charm can be told" in line]


@pytest.mark.parametrize("what", [".juju-deploying", ".meter-status-hold", "metadata.yaml", ".juju-charm"])
def test_a_charm_that_is_not_ready_is_told_the_newest_soon_after(
    fleet: real_fleet.RealFleet, charm: pathlib.Path, what: str
) -> None:
    """It is not touched before, hears one word and no old one, and two lines of the log tell of the wait."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN")
    kept = placed / what
    if what == ".juju-charm":
        (fleet.unit_dir("shop/0") / "state" / "deployer").mkdir(parents=True)
    elif kept.exists():
        kept.rename(kept.with_suffix(".kept"))
    else:
        kept.touch()
    fleet.start_agent()
    real_fleet.wait_until(lambda: _log_of_waiting(fleet), "the agent waits")
    fleet.meterstatus("set", "shop/0", "AMBER", "--info", "old by then")
    fleet.meterstatus("set", "shop/0", "RED", "--info", "new")
    time.sleep(2 * delivery.CHARM_LOOK.total_seconds())
    assert real_fleet.told(placed) == []

    if what == "metadata.yaml":
        kept.with_suffix(".kept").rename(kept)
    elif what == ".juju-charm":
        kept.write_text("ch:shop-1\n")
    else:
        kept.unlink()
    real_fleet.wait_until(lambda: real_fleet.told(placed), "the charm told", SOON)

    assert real_fleet.told(placed) == [("RED", "new")]
    assert len(_log_of_waiting(fleet)) == 2
    assert "not started" not in fleet.log("agent")


def test_a_charm_that_is_upgraded_to_one_with_the_hook_is_told(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """The status that the former charm had no hook for is told to the new one, also after a restart."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN", "--info", "ok")
    script = placed / "hooks" / "meter-status-changed"
    script.rename(placed / "kept")
    # Short stages make a connected agent look at its controller, and so at its charm, each second.
    often = ("--amber-grace", "5s", "--red-grace", "60s")
    fleet.start_agent(*often)
    missing = "meter-status-changed hook missing"
    real_fleet.wait_until(lambda: missing in fleet.log("agent"), "the hook missed")
    fleet.kill_agent()
    fleet.start_agent(*often)
    (placed / ".juju-deploying").touch()
    (placed / "kept").rename(script)
    (placed / ".juju-deploying").unlink()
    real_fleet.wait_until(lambda: real_fleet.told(placed), "the charm told")
    time.sleep(3)
    assert real_fleet.told(placed) == [("GREEN", "ok")]
