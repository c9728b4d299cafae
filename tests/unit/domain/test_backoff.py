"""Tests of the delay before the next attempt: the figures of spec worker C.5."""

import datetime

import pytest

from meterstatus.domain import backoff, policy

_JUJU = backoff.Growth()
_ERROR = datetime.timedelta(seconds=3)
_BOUNCE = datetime.timedelta(milliseconds=10)
_UNCAPPED = backoff.Growth(max_delay=datetime.timedelta())


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        (1, 3.0),
        (2, 3.6),
        (3, 4.32),
        (10, 15.479),
        (20, 95.844),
        (21, 115.013),
        (22, 120.0),
        (23, 120.0),
        (1000, 120.0),
    ],
)
def test_errors(failures: int, seconds: float) -> None:
    """Each failure in a row lengthens the delay by a fifth, up to two minutes."""
    assert backoff.delay(_ERROR, failures, _JUJU, 1.0) == datetime.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("failures", "milliseconds"),
    [(0, 8), (1, 10), (2, 12), (5, 21), (100, 120_000)],
)
def test_bounces(failures: int, milliseconds: int) -> None:
    """Bounces grow by the same rule; after a clean stop the delay is 8.3 ms, rounded."""
    assert backoff.delay(_BOUNCE, failures, _JUJU, 1.0) == datetime.timedelta(milliseconds=milliseconds)


def test_no_base_no_delay() -> None:
    """An installation starts at once, however many failures and whatever the jitter."""
    assert backoff.delay(datetime.timedelta(), 50, _JUJU, 1.1) == datetime.timedelta()


@pytest.mark.parametrize(
    ("failures", "jitter", "seconds"),
    [(1, 0.9, 2.7), (1, 1.1, 3.3), (22, 1.1, 132.0), (22, 0.9, 108.0), (5, 0.0, 0.0)],
)
def test_jitter_comes_after_the_cap(failures: int, jitter: float, seconds: float) -> None:
    """The capped delay is spread, so it may exceed the cap."""
    assert backoff.delay(_ERROR, failures, _JUJU, jitter) == datetime.timedelta(seconds=seconds)


def test_whole_milliseconds() -> None:
    """The result is rounded to a millisecond after jitter."""
    assert backoff.delay(_ERROR, 1, _JUJU, 0.33333) == datetime.timedelta(seconds=1)


@pytest.mark.parametrize("factor", [0.0, 1.0])
def test_no_growth(factor: float) -> None:
    """A factor of 0 or 1 keeps every delay at its base."""
    growth = backoff.Growth(factor=factor)
    assert backoff.delay(_ERROR, 30, growth, 1.0) == _ERROR


def test_no_cap() -> None:
    """A cap of zero is none: the thirtieth failure waits ten minutes."""
    assert backoff.delay(_ERROR, 30, _UNCAPPED, 1.0) == datetime.timedelta(milliseconds=593441)


@pytest.mark.parametrize("failures", [200, 3000, 10**6])
@pytest.mark.parametrize("jitter", [0.9, 1.1])
def test_no_overflow(failures: int, jitter: float) -> None:
    """Whatever the number of failures, the capped delay is the cap and the uncapped one the longest span."""
    assert backoff.delay(_ERROR, failures, _JUJU, jitter) == 120 * jitter * datetime.timedelta(seconds=1)
    assert backoff.delay(_ERROR, failures, _UNCAPPED, jitter) == datetime.timedelta.max


def test_nothing_of_an_overflow_is_nothing() -> None:
    """A jitter of 0 wins over any length."""
    assert backoff.delay(_ERROR, 10**6, _UNCAPPED, 0.0) == datetime.timedelta()


@pytest.mark.parametrize(
    ("code", "info", "told"),
    [
        ("try again", {"retry-after-ms": 1250}, 1250),
        ("try again", {"retry-after-ms": 0.5, "more": 1}, 0.5),
        ("try again", {"retry-after-ms": 0}, 0),
        ("try again", {"retry-after-ms": 60_000}, 3000),
        ("try again", {"retry-after-ms": float("inf")}, 3000),
        ("try again", {"retry-after-ms": -1}, None),
        ("try again", {"retry-after-ms": float("nan")}, None),
        ("try again", {"retry-after-ms": "1250"}, None),
        ("try again", {"retry-after-ms": True}, None),
        ("try again", {}, None),
        ("", {"retry-after-ms": 1250}, None),
    ],
)
def test_how_long_a_refusal_tells_to_wait(code: str, info: dict[str, object], told: float | None) -> None:
    """As it says, up to three seconds; what says nothing, or nonsense, tells nothing."""
    expected = None if told is None else datetime.timedelta(milliseconds=told)
    assert backoff.told_to_wait(code, info) == expected


def test_no_told_wait_leads_past_a_stage() -> None:
    """The longest is three tenths of the shortest stage: an agent asks again well before any."""
    assert backoff.LONGEST_TOLD <= policy.SHORTEST * 3 / 10
