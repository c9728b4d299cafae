"""When a controller counts as gone, and what is known of its units then."""

import datetime

import pytest

from meterstatus.domain import presence

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)


@pytest.mark.parametrize(("seconds", "gone"), [(0, False), (29.9, False), (30, True), (-5, False)])
def test_three_heartbeats_without_a_word_are_the_end(seconds: float, gone: bool) -> None:
    """A controller counts as gone once it was not seen for three heartbeats, and not before."""
    process = presence.ControllerProcess("one", (), AT, AT)
    assert presence.is_gone(process, AT + seconds * SECOND) is gone


@pytest.mark.parametrize(("seen", "last"), [(20, 20), (5, 8)])
def test_after_a_death_contact_was_not_lost_before_the_controller_was_seen(seen: int, last: int) -> None:
    """A dead controller's unit is connected to none, and its last contact is a bound: seen, or come later."""
    came = AT + 8 * SECOND
    held = presence.Contact("shop/0", "one", came, came)
    known = AT + last * SECOND
    assert presence.after_death(held, AT + seen * SECOND) == presence.Contact(
        "shop/0", "", known, known, is_exact=False
    )
