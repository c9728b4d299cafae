"""A controller that dies under a fleet and comes back: all agents return, and no hook hears of it."""

import pathlib
from collections.abc import Iterator

import pytest

from harness import real_fleet
from harness.herd import fleet

REAL, LEAN = 50, 200
GREEN = ("GREEN", "ok")


@pytest.fixture
def large(tmp_path: pathlib.Path) -> Iterator[fleet.LargeFleet]:
    """A controller that was made and not started; whatever runs at the end is ended."""
    made = fleet.LargeFleet(tmp_path)
    try:
        yield made
    finally:
        made.stop()


def test_no_hook_hears_of_a_controllers_restart(large: fleet.LargeFleet, charm: pathlib.Path) -> None:
    """Killed under hundreds of agents over TLS, it has all of them back well before AMBER.

    Fifty units are served by a real agent, whose hooks are counted, the others by lean ones.
    """
    large.start_controller()
    units = large.add_units(REAL + LEAN)
    charms = large.place_units(units[:REAL], charm)
    herd = large.make_herd(units[REAL:])
    herd.start(LEAN, 1)
    large.start_agent("--amber-grace", "30s", "--red-grace", "60s")
    real_fleet.wait_until(
        lambda: all(real_fleet.told(placed) == [GREEN] for placed in charms), "every hook told GREEN"
    )
    herd.wait_watching(LEAN, real_fleet.READY_SECONDS)

    herd.forget()
    large.kill_controller()
    large.start_controller()
    herd.wait_watching(LEAN, real_fleet.READY_SECONDS)
    real_fleet.wait_until(lambda: large.connected_units() == REAL + LEAN, "all are back", look_seconds=0.2)

    assert [real_fleet.told(placed) for placed in charms] == [[GREEN]] * REAL
    assert herd.tell()["events"] == 0
    large.set_all("RED", "spent")
    real_fleet.wait_until(
        lambda: all(real_fleet.told(placed) == [GREEN, ("RED", "spent")] for placed in charms),
        "every hook told RED, once",
    )
    real_fleet.wait_until(lambda: herd.tell()["events"] == LEAN, "every lean agent told RED, once")
