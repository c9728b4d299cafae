"""The token bucket."""

import datetime

from meterstatus.domain import token_bucket

NOW = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)


def test_it_begins_full_and_refills() -> None:
    """The size at once, then one for each period, and never more than the size."""
    bucket = token_bucket.TokenBucket(3, SECOND)
    assert [bucket.take(NOW) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(NOW + SECOND) for _ in range(2)] == [True, False]
    assert [bucket.take(NOW + 100 * SECOND) for _ in range(4)] == [True, True, True, False]


def test_fractions_add_up() -> None:
    """Asking often does not lose the time in between."""
    bucket = token_bucket.TokenBucket(1, SECOND)
    assert bucket.take(NOW)
    taken = [bucket.take(NOW + SECOND / 4 * quarter) for quarter in range(1, 9)]
    assert taken == [False, False, False, True] * 2


def test_a_clock_set_back_locks_nobody_out() -> None:
    """After the wall clock went back, tokens come at the same pace as before."""
    bucket = token_bucket.TokenBucket(1, SECOND)
    assert bucket.take(NOW)
    back = NOW - datetime.timedelta(days=1)
    assert not bucket.take(back)
    assert bucket.take(back + SECOND)


def test_size_zero_is_no_limit() -> None:
    """A size of 0 switches the limit off."""
    bucket = token_bucket.TokenBucket(0, SECOND)
    assert all(bucket.take(NOW) for _ in range(1000))
