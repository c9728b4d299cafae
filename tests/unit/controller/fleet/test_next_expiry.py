"""What a process knows of the next end."""

import datetime

from meterstatus.controller.fleet import next_expiry
from meterstatus.testing import virtual_time

SECOND = datetime.timedelta(seconds=1)
AT = virtual_time.START


def test_only_an_earlier_end_is_news() -> None:
    """A later one waits its turn; after a look at the store all begins anew."""
    known = next_expiry.NextExpiry()
    known.note(AT)
    assert (known.at, known.is_sooner.is_set()) == (AT, True)
    known.is_sooner.clear()
    known.note(AT + SECOND)
    assert (known.at, known.is_sooner.is_set()) == (AT, False)
    known.note(AT - SECOND)
    assert (known.at, known.is_sooner.is_set()) == (AT - SECOND, True)
    known.look()
    assert (known.at, known.is_sooner.is_set()) == (None, False)


def test_a_store_that_was_led_back_is_looked_at_at_once() -> None:
    """Whatever was known, something may be over."""
    known = next_expiry.NextExpiry()
    known.note(AT)
    known.note_reloaded()
    assert known.at is not None
    assert known.at < AT
    assert known.is_sooner.is_set()
