"""Who is let in, and in which order."""

import datetime
import heapq
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from meterstatus.domain import backoff
from meterstatus.domain.fleet import admission

NOW = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
PATIENT = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)


def line(burst: int, period: datetime.timedelta = SECOND) -> admission.Admission:
    """Make an empty line, whose places are kept for a minute."""
    return admission.Admission(admission.Pace(burst, period, MINUTE))


def ask(
    of: admission.Admission, name: str, seconds: float = 0, patience: datetime.timedelta = PATIENT
) -> datetime.timedelta | None:
    """Ask at so many seconds, with no jitter."""
    return of.ask(name, NOW + seconds * SECOND, patience=patience, jitter=0)


def test_a_burst_is_let_in_at_once() -> None:
    """So many at once, then one in each period, and after a long rest so many again."""
    of = line(2)
    assert [ask(of, name) for name in "ab"] == [None, None]
    assert ask(of, "c") == SECOND
    assert ask(of, "c", 1) is None
    assert [ask(of, name, 100) for name in "de"] == [None, None]
    assert ask(of, "f", 100) is not None


def test_who_waits_is_told_when_its_turn_comes() -> None:
    """Each in the line is told a time of its own, one period after the one before it."""
    of = line(1)
    ask(of, "first")
    assert [ask(of, name) for name in "abc"] == [SECOND, 2 * SECOND, 3 * SECOND]
    assert len(of) == 3


def test_nobody_is_passed_over() -> None:
    """A newcomer has no turn while somebody who came before it waits, though there is a token."""
    of = line(1)
    ask(of, "first")
    ask(of, "early")
    assert ask(of, "late", 1) is not None
    assert ask(of, "early", 1) is None
    assert ask(of, "late", 2) is None


def test_there_is_room_for_those_who_can_have_a_turn() -> None:
    """While one sleeps through its turn, those behind it have theirs from what else there is."""
    of = line(2)
    for name in ("a", "b", "sleeps", "next"):
        ask(of, name)
    assert ask(of, "next", 2) is None
    assert ask(of, "newcomer", 2) is not None
    assert ask(of, "sleeps", 2) is None


def test_a_long_wait_is_told_in_parts() -> None:
    """Nobody is told to wait longer than the longest that is obeyed, and the jitter spreads those who are."""
    of = line(1, MINUTE)
    ask(of, "first")
    told = [of.ask("a", NOW, patience=PATIENT, jitter=jitter) for jitter in (0, 0.5, 1)]
    assert told == [backoff.LONGEST_TOLD * part for part in (0.5, 0.75, 1)]


def test_who_has_no_patience_goes_before_the_line() -> None:
    """It takes the next token, and those in the line wait for one more: the pace holds."""
    of = line(1)
    ask(of, "first")
    ask(of, "a")
    ask(of, "b")
    assert ask(of, "urgent", 0, SECOND) is not None
    assert ask(of, "patient", 1, 3 * SECOND) == 3 * SECOND, "as long as it can wait, and no longer"
    of = line(1)
    ask(of, "first")
    ask(of, "a")
    ask(of, "b")
    assert ask(of, "urgent", 1, SECOND) is None
    assert ask(of, "a", 1) == SECOND
    assert len(of) == 2


def test_a_place_that_nobody_asks_for_is_given_up() -> None:
    """After its time without a question it keeps nobody out, and whoever comes back stands at the end."""
    of = line(1)
    ask(of, "first")
    ask(of, "gone")
    assert ask(of, "next", 60) is not None
    assert ask(of, "next", 60.5) is None
    assert ask(of, "other", 60.5) is not None
    assert len(of) == 1


def test_a_clock_set_back_keeps_the_pace() -> None:
    """After the wall clock went back, turns come as fast as before and places are kept."""
    of = line(1)
    ask(of, "first")
    ask(of, "a")
    assert ask(of, "a", -86400) == SECOND
    assert ask(of, "a", -86399) is None


def test_no_burst_is_no_limit() -> None:
    """A burst of 0 lets everybody in."""
    of = line(0)
    assert all(ask(of, str(number)) is None for number in range(1000))
    assert len(of) == 0


@settings(max_examples=60, deadline=None)
@given(
    arrivals=st.lists(st.integers(0, 20_000), min_size=1, max_size=150),
    burst=st.integers(1, 40),
    period_ms=st.integers(1, 400),
    urgent_share=st.sampled_from([0.0, 0.2]),
    seed=st.integers(0, 2**32),
)
def test_everybody_gets_in_in_time_and_at_the_pace(
    arrivals: list[int], burst: int, period_ms: int, urgent_share: float, seed: int
) -> None:
    """Whoever does as it is told is let in by the time that all before it can be, and the pace always holds.

    "In time" is what all who came or went before it need, and one told wait for oversleeping.
    """
    rand = random.Random(seed)  # noqa: S311 - a seed
    of = line(burst, datetime.timedelta(milliseconds=period_ms))
    patience = {
        number: SECOND if rand.random() < urgent_share else PATIENT for number in range(len(arrivals))
    }
    waiting = [(float(ms), number) for number, ms in enumerate(arrivals)]
    heapq.heapify(waiting)
    let_in: list[float] = []
    longest = len(arrivals) * period_ms + backoff.LONGEST_TOLD / SECOND * 1000
    while waiting:
        ms, number = heapq.heappop(waiting)
        now = NOW + datetime.timedelta(milliseconds=ms)
        told = of.ask(str(number), now, patience=patience[number], jitter=rand.random())
        if told is None:
            let_in.append(ms)
            assert ms - arrivals[number] <= longest
            continue
        assert datetime.timedelta(0) < told <= backoff.LONGEST_TOLD
        assert ms - arrivals[number] <= longest, "still not let in"
        heapq.heappush(waiting, (ms + told / SECOND * 1000, number))
    assert len(of) == 0
    for first, begin in enumerate(let_in):
        for count, end in enumerate(let_in[first:], start=1):
            assert count <= burst + (end - begin) / period_ms + 1e-6


def test_ten_thousand_are_in_after_what_the_pace_needs() -> None:
    """A fleet that asks at once and does as it is told is in within a tenth more than the pace allows."""
    of = line(3000, datetime.timedelta(milliseconds=1))
    rand = random.Random(1)  # noqa: S311 - a seed
    waiting = [(0.0, number) for number in range(10_000)]
    questions, ms = 0, 0.0
    while waiting:
        ms, number = heapq.heappop(waiting)
        now = NOW + datetime.timedelta(milliseconds=ms)
        told = of.ask(str(number), now, patience=PATIENT, jitter=rand.random())
        questions += 1
        if told is not None:
            heapq.heappush(waiting, (ms + told / SECOND * 1000, number))
    assert 7000 <= ms <= 7700
    assert questions <= 50_000
