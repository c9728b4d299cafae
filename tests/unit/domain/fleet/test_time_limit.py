"""What a status that is set for a time lies over, and what comes back."""

import datetime

import pytest

from meterstatus import errors
from meterstatus.domain import status
from meterstatus.domain.fleet import records, time_limit

AT = datetime.datetime(2031, 5, 6, 7, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)
GREEN, AMBER, RED = (status.MeterStatus(code) for code in ("GREEN", "AMBER", "RED"))
LIMIT = time_limit.TimeLimit(AT, GREEN)


@pytest.mark.parametrize("span", [time_limit.SHORTEST, time_limit.LONGEST, HOUR])
def test_a_span_within_the_bounds_is_taken(span: datetime.timedelta) -> None:
    """From ten seconds to 400 days, both included."""
    time_limit.check(span)


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (time_limit.SHORTEST - SECOND, "9s"),
        (time_limit.LONGEST + SECOND, "400d1s"),
        (datetime.timedelta(0), "0s"),
        (-HOUR, "-1h"),
    ],
)
def test_any_other_span_is_refused(span: datetime.timedelta, shown: str) -> None:
    """The text says what was asked for and what may be."""
    with pytest.raises(errors.NotValidError) as refused:
        time_limit.check(span)
    assert str(refused.value) == f"invalid status for {shown}: it may be 10s to 400d"


def test_a_limit_lies_over_what_has_none() -> None:
    """Over another one it takes that one's place, and has the same beneath; without a time there is none."""
    assert time_limit.laid(AT, GREEN, None) == LIMIT
    assert time_limit.laid(AT + HOUR, AMBER, LIMIT) == time_limit.TimeLimit(AT + HOUR, GREEN)
    assert time_limit.laid(AT, None, None) == time_limit.TimeLimit(AT, None)
    assert time_limit.laid(None, AMBER, LIMIT) is None


def test_an_undo_puts_back_what_would_be_there() -> None:
    """With its end while that is to come; from that very instant on, what lay beneath."""
    assert time_limit.put_back(AMBER, None, AT) == (AMBER, None)
    assert time_limit.put_back(AMBER, LIMIT, AT - SECOND) == (AMBER, LIMIT)
    assert time_limit.put_back(AMBER, LIMIT, AT) == (GREEN, None)
    assert time_limit.put_back(AMBER, time_limit.TimeLimit(AT, None), AT + HOUR) == (None, None)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (2 * HOUR, "2h"),
        (datetime.timedelta(minutes=54, seconds=12, microseconds=345678), "54m12s"),
        (datetime.timedelta(microseconds=5), "1s"),
        (-HOUR, "1s"),
    ],
)
def test_the_history_says_what_has_ended(span: datetime.timedelta, words: str) -> None:
    """In whole seconds; an undo may have brought it back a moment before, and clocks may disagree."""
    said = time_limit.why_ended(17, "alice", AT, AT + span)
    assert said == f"ended: set for {words} by alice at revision 17"


def test_a_unit_has_what_lies_beneath_once_its_status_ended() -> None:
    """One whose status has no end stays as it is."""
    unit = records.Unit("shop/0", "", AMBER, 2, AT, 1, limit=LIMIT)
    assert (unit.ended.status, unit.ended.limit) == (GREEN, None)
    endless = records.Unit("shop/0", "", AMBER, 2, AT, 1)
    assert endless.ended is endless
