"""When to escalate, as data."""

import datetime
from collections.abc import Callable

import pytest

from meterstatus import errors
from meterstatus.domain import policy

SECOND, MINUTE = datetime.timedelta(seconds=1), datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)


def test_jujus_constants_are_the_default() -> None:
    """Five and fifteen minutes, without a warning (spec worker, A.5)."""
    assert policy.JUJU_POLICY == policy.amber_red(5 * MINUTE, 15 * MINUTE)
    assert policy.JUJU_POLICY.warning is None


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (policy.Policy(), "AMBER after 5m, RED after 15m"),
        (policy.amber_red(None, MINUTE), "AMBER off, RED after 1m"),
        (policy.amber_red(MINUTE, None, SECOND), "AMBER after 1m, RED off, warned 1s before"),
        (policy.amber_red(None, None), "never escalates"),
        (policy.amber_red(-SECOND, 0 * SECOND), "AMBER after -1s, RED after 0s"),
    ],
)
def test_is_said_in_words(chosen: policy.Policy, words: str) -> None:
    """A stage that is off is said to be; what no agent can follow is still said as it is."""
    assert chosen.in_words() == words


@pytest.mark.parametrize(
    "chosen",
    [
        policy.Policy(),
        policy.amber_red(10 * SECOND, datetime.timedelta(days=90)),
        policy.amber_red(None, None),
        policy.amber_red(None, MINUTE, warning=59 * SECOND),
        policy.amber_red(None, None, warning=MINUTE),
        policy.amber_red(None, None, warning=90 * DAY),
    ],
)
def test_takes_what_can_be_set(chosen: policy.Policy) -> None:
    """The bounds themselves are within."""
    policy.check(chosen)


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        (policy.amber_red(9 * SECOND), "AMBER after 9s (it may be 10s to 90d) not valid"),
        (policy.amber_red(None, 9 * SECOND), "RED after 9s (it may be 10s to 90d) not valid"),
        (policy.amber_red(0 * SECOND), "AMBER after 0s (it may be 10s to 90d) not valid"),
        (policy.amber_red(-SECOND), "AMBER after -1s (it may be 10s to 90d) not valid"),
        (
            policy.amber_red(MINUTE, 90 * DAY + SECOND),
            "RED after 90d1s (it may be 10s to 90d) not valid",
        ),
        (policy.amber_red(MINUTE, warning=0 * SECOND), "a warning 0s before a stage not valid"),
        (policy.amber_red(None, None, warning=91 * DAY), "a warning 91d before a stage not valid"),
        (
            policy.amber_red(MINUTE, warning=MINUTE),
            "a warning 1m before a stage that comes after 1m not valid",
        ),
        (
            policy.amber_red(None, MINUTE, warning=2 * MINUTE),
            "a warning 2m before a stage that comes after 1m not valid",
        ),
    ],
)
def test_refuses_what_is_out_of_range(chosen: policy.Policy, text: str) -> None:
    """Whatever is too short, too long or before the last contact is named in words."""
    with pytest.raises(errors.NotValidError) as caught:
        policy.check(chosen)
    assert str(caught.value) == text


@pytest.mark.parametrize("chosen", [policy.amber_red(MINUTE, MINUTE), policy.amber_red(2 * MINUTE, MINUTE)])
@pytest.mark.parametrize("check", [policy.check, policy.check_sense])
def test_refuses_red_before_amber(check: Callable[[policy.Policy], None], chosen: policy.Policy) -> None:
    """RED at the same time as AMBER, or before it, cannot be."""
    with pytest.raises(
        errors.ConfigError, match=r"^amber grace period must be shorter than the red grace period$"
    ):
        check(chosen)


def test_sense_has_no_shortest() -> None:
    """What came from elsewhere may be shorter than an operator may set, but not nothing, and not longer."""
    policy.check_sense(policy.amber_red(datetime.timedelta(microseconds=1), SECOND))
    for chosen in (policy.amber_red(0 * SECOND), policy.amber_red(red=91 * DAY)):
        with pytest.raises(errors.NotValidError):
            policy.check_sense(chosen)
