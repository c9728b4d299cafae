"""When to escalate, as data."""

import datetime

import pytest

from meterstatus import errors
from meterstatus.domain import policy

SECOND, MINUTE = datetime.timedelta(seconds=1), datetime.timedelta(minutes=1)


def test_jujus_constants_are_the_default() -> None:
    """Five and fifteen minutes, without a warning (spec worker, A.5)."""
    assert list(policy.JUJU_POLICY.stages()) == [("AMBER", 5 * MINUTE), ("RED", 15 * MINUTE)]
    assert policy.JUJU_POLICY.warning is None


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (policy.Policy(), "AMBER after 5m, RED after 15m"),
        (policy.Policy(None, MINUTE), "RED after 1m"),
        (policy.Policy(MINUTE, None, SECOND), "AMBER after 1m, warned 1s before"),
        (policy.Policy(None, None), "never escalates"),
    ],
)
def test_is_said_in_words(chosen: policy.Policy, words: str) -> None:
    """A stage that is off is not named."""
    assert chosen.in_words() == words


@pytest.mark.parametrize(
    "chosen",
    [
        policy.Policy(),
        policy.Policy(10 * SECOND, datetime.timedelta(days=90)),
        policy.Policy(None, None),
        policy.Policy(None, MINUTE, warning=59 * SECOND),
    ],
)
def test_takes_what_can_be_set(chosen: policy.Policy) -> None:
    """The bounds themselves are within."""
    policy.check(chosen)


@pytest.mark.parametrize(
    ("chosen", "kind"),
    [
        (policy.Policy(9 * SECOND), errors.NotValidError),
        (policy.Policy(MINUTE, datetime.timedelta(days=91)), errors.NotValidError),
        (policy.Policy(MINUTE, MINUTE), errors.ConfigError),
        (policy.Policy(2 * MINUTE, MINUTE), errors.ConfigError),
        (policy.Policy(MINUTE, warning=MINUTE), errors.NotValidError),
        (policy.Policy(MINUTE, warning=0 * SECOND), errors.NotValidError),
    ],
)
def test_refuses_what_cannot(chosen: policy.Policy, kind: type[Exception]) -> None:
    """Out of range, in the wrong order, or a warning that is none."""
    with pytest.raises(kind):
        policy.check(chosen)
