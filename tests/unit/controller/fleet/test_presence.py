"""Whose agents are connected, and since when."""

import datetime

from meterstatus.controller.fleet import presence
from meterstatus.domain.fleet import presence as presences
from meterstatus.domain.hook import trouble
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


async def test_the_last_contact_of_a_unit_that_left_is_its_last_answer() -> None:
    """Not when its end was noticed, which for a dead network is minutes later."""
    clock = manual_clock.ManualClock()
    there = presence.Presence(clock, "one")
    came = clock.now()
    there.arrived("shop/0")
    await clock.advance(MINUTE)
    there.answered("shop/0")
    assert there.contact("shop/0") == presences.Contact("shop/0", "one", came, came + MINUTE)
    await clock.advance(3 * MINUTE)
    there.left("shop/0", is_there=True)
    assert there.contact("shop/0") == presences.Contact("shop/0", "", came + 4 * MINUTE, came + MINUTE)
    assert there.contact("shop/1") is None


async def test_what_changed_is_taken_once_and_in_order() -> None:
    """A unit that came and went often is written once, as it is now; what cannot be written comes again."""
    clock = manual_clock.ManualClock()
    there = presence.Presence(clock, "one")
    for _ in range(3):
        there.arrived("shop/0")
        there.left("shop/0", is_there=True)
    there.arrived("shop/1")
    first = there.take(1)
    assert [contact.controller for contact in first] == [""]
    there.give_back(first)
    assert [contact.unit for contact in there.take(10)] == ["shop/0", "shop/1"]
    assert there.take(10) == []
    there.write_again()
    assert [contact.unit for contact in there.take(10)] == ["shop/1"]


def contact(unit: str, controller: str, minutes: int) -> presences.Contact:
    """Return a contact since minutes after the clock's start."""
    at = manual_clock.ManualClock().now() + minutes * MINUTE
    return presences.Contact(unit, controller, at, at)


async def test_what_others_wrote_is_taken_but_for_what_is_known_better() -> None:
    """Units connected elsewhere count as connected; our own, unwritten and later words stay."""
    clock = manual_clock.ManualClock()
    there = presence.Presence(clock, "one")
    await clock.advance(MINUTE)
    for unit in ("shop/0", "shop/1", "shop/2"):
        there.arrived(unit)
    there.left("shop/2", is_there=True)
    there.take(10)
    there.left("shop/1", is_there=True)
    mine = [there.contact(unit) for unit in ("shop/0", "shop/1", "shop/2")]
    stored = [contact(f"shop/{number}", "", 0) for number in range(3)]
    stored += [contact("shop/3", "two", 0), contact("shop/4", "", 0), contact("shop/5", "dead", 0)]
    there.learn_from_others(stored, ["two"])
    assert [there.contact(unit) for unit in ("shop/0", "shop/1", "shop/2")] == mine
    assert [there.is_connected(f"shop/{number}") for number in range(6)] == [
        True,
        False,
        False,
        True,
        *2 * [False],
    ]
    assert (there.contact("shop/4"), there.contact("shop/5")) == (stored[4], None)
    there.learn_from_others([contact("shop/2", "two", 0)], ["two"])
    assert there.is_connected("shop/2")


async def test_a_trouble_holds_until_it_is_taken_back_or_nobody_is_connected() -> None:
    """A login beside the connection there is, and its leaving, tell nothing of it."""
    there, lock = presence.Presence(manual_clock.ManualClock()), trouble.Trouble(trouble.Reason.LOCK)

    def shown() -> trouble.Trouble | None:
        held = there.contact("shop/0")
        return held and held.trouble

    there.trouble("shop/0", lock)
    assert there.contact("shop/0") is None
    there.arrived("shop/0")
    there.take(9)
    there.trouble("shop/0", lock)
    assert (shown(), [each.trouble for each in there.take(9)]) == (lock, [lock])
    there.trouble("shop/0", lock)
    assert there.take(9) == []
    there.arrived("shop/0")
    assert shown() == lock
    there.left("shop/0", is_there=True)
    assert shown() == lock
    there.trouble("shop/0", None)
    assert shown() is None
    there.trouble("shop/0", lock)
    there.left("shop/0", is_there=True)
    assert shown() is None
    there.trouble("shop/0", lock)
    assert shown() is None
