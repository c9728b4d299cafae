"""controller.fleet.reloading: what the fleet in memory is made of, and what of it is another."""

import dataclasses

from harness import repository
from meterstatus.controller.fleet import reloading
from meterstatus.domain import slicing, status
from meterstatus.domain.fleet import records
from meterstatus.testing import manual_clock

AUTHOR = records.Author("user-admin", manual_clock.ManualClock().now(), "")


async def test_what_is_there_and_what_is_not_any_more() -> None:
    """A unit that was added again is another one of its name, and counts for both."""
    held = repository.MemoryDatabase()
    store = repository.MemoryRepository(held)
    for name in ("shop/0", "shop/1", "till/0"):
        await store.add_unit(name, "", status.MeterStatus("GREEN"), AUTHOR)
    loaded = held.everything()
    stays, again, other = loaded.units
    former = dataclasses.replace(again, added=again.added - 1)
    before = {"shop/0": stays, "shop/1": former, "gone/0": dataclasses.replace(other, name="gone/0")}
    made = slicing.at_once(reloading.steps(loaded, before))
    assert list(made.units) == ["shop/0", "shop/1", "till/0"]
    assert dict(made.applications) == {"shop": 2, "till": 1}
    assert (set(made.gone), set(made.new)) == ({"shop/1", "gone/0"}, {"shop/1", "till/0"})
    assert made.loaded is loaded
