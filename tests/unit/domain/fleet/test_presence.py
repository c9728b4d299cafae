"""When a controller counts as gone, and what is known of its units then."""

import datetime

import pytest

from meterstatus.domain.fleet import presence

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)


def process(name: str, seconds: float = 0) -> presence.ControllerProcess:
    return presence.ControllerProcess(name, (), AT, AT + seconds * SECOND)


def test_three_heartbeats_without_a_word_are_the_end() -> None:
    """A controller counts as gone once three looks have found nothing new of it, and not before."""
    watch, one = presence.Watch(), process("one")
    assert [watch.look([one]) for _ in range(5)] == [[], [], [], [one], [one]]


@pytest.mark.parametrize("step", [10, 0.001, -3600])
def test_a_heartbeat_counts_whatever_the_clocks_say(step: float) -> None:
    """Also of a controller whose clock is far from right, or is set back meanwhile; one word is enough."""
    watch = presence.Watch()
    for beat in range(10):
        for _ in range(presence.MISSED):
            assert watch.look([process("one", beat * step)]) == []


def test_each_controller_is_watched_by_itself() -> None:
    """And one that went and came back begins anew."""
    watch = presence.Watch()
    for beat in range(3):
        assert watch.look([process("dead"), process("late"), process("well", beat)]) == []
    assert watch.look([process("dead"), process("late", 1), process("well", 3)]) == [process("dead")]
    assert watch.look([process("late", 1)]) == []
    assert [watch.look([process("dead"), process("late", 2)]) for _ in range(3)] == [[], [], []]


@pytest.mark.parametrize(("seen", "last"), [(20, 20), (5, 8)])
def test_after_a_death_contact_was_not_lost_before_the_controller_was_seen(seen: int, last: int) -> None:
    """A dead controller's unit is connected to none, and its last contact is a bound: seen, or come later."""
    came = AT + 8 * SECOND
    held = presence.Contact("shop/0", "one", came, came)
    known = AT + last * SECOND
    assert presence.after_death(held, AT + seen * SECOND) == presence.Contact(
        "shop/0", "", known, known, is_exact=False
    )
