"""Whose agents are connected, and since when."""

import datetime

from meterstatus.controller import presence
from meterstatus.testing import manual_clock

MINUTE = datetime.timedelta(minutes=1)


async def test_only_the_first_and_the_last_of_a_unit_count() -> None:
    """A second connection of a unit changes nothing, nor does the end of one of two."""
    clock = manual_clock.ManualClock()
    there = presence.Presence(clock)
    assert (there.arrived("shop/0"), there.arrived("shop/0")) == (True, False)
    first = clock.now()
    await clock.advance(MINUTE)
    assert there.left("shop/0", is_there=True) is False
    assert (there.since("shop/0"), there.connected["shop/0"]) == (first, 1)
    assert there.left("shop/0", is_there=True) is True
    assert (there.since("shop/0"), dict(there.connected)) == (clock.now(), {})


async def test_a_unit_nobody_came_for_is_absent_since_it_was_added_or_we_began() -> None:
    """A unit from before has been absent since this process began, a new one since it was added."""
    clock = manual_clock.ManualClock()
    began = clock.now()
    there = presence.Presence(clock)
    await clock.advance(MINUTE)
    there.added("shop/1")
    await clock.advance(MINUTE)
    assert (there.since("shop/0"), there.since("shop/1")) == (began, began + MINUTE)


async def test_a_unit_that_is_gone_leaves_nothing() -> None:
    """Of a removed unit nothing is kept, whether its agent leaves before or after."""
    clock = manual_clock.ManualClock()
    began = clock.now()
    there = presence.Presence(clock)
    for unit in ("shop/0", "shop/1"):
        there.added(unit)
        there.arrived(unit)
    await clock.advance(MINUTE)
    there.left("shop/0", is_there=True)
    there.removed("shop/0")
    there.removed("shop/1")
    there.left("shop/1", is_there=False)
    assert (there.since("shop/0"), there.since("shop/1"), dict(there.connected)) == (began, began, {})
