"""When to escalate, as data."""

import datetime
from collections.abc import Callable

import pytest

from meterstatus import errors
from meterstatus.domain import policy, status

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
        (policy.amber_red(9 * SECOND), "invalid AMBER after 9s: it may be 10s to 90d"),
        (policy.amber_red(None, 9 * SECOND), "invalid RED after 9s: it may be 10s to 90d"),
        (policy.amber_red(0 * SECOND), "invalid AMBER after 0s: it may be 10s to 90d"),
        (policy.amber_red(-SECOND), "invalid AMBER after -1s: it may be 10s to 90d"),
        (
            policy.amber_red(MINUTE, 90 * DAY + SECOND),
            "invalid RED after 90d1s: it may be 10s to 90d",
        ),
        (
            policy.amber_red(MINUTE, warning=0 * SECOND),
            "invalid warning 0s before a stage: it may be up to 90d",
        ),
        (
            policy.amber_red(None, None, warning=91 * DAY),
            "invalid warning 91d before a stage: it may be up to 90d",
        ),
        (
            policy.amber_red(MINUTE, warning=MINUTE),
            "invalid warning 1m before a stage: the first stage comes after 1m",
        ),
        (
            policy.amber_red(None, MINUTE, warning=2 * MINUTE),
            "invalid warning 2m before a stage: the first stage comes after 1m",
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


AMBER, RED = policy.CODES
THREE = policy.Policy(
    (
        policy.Stage(AMBER, 5 * MINUTE),
        policy.Stage(AMBER, 10 * MINUTE, "write out"),
        policy.Stage(RED, 15 * MINUTE),
    ),
    warning=MINUTE,
)


def test_three_stages_are_a_policy() -> None:
    """Named by code and number, and said with the information that is their own."""
    policy.check(THREE)
    assert [THREE.name(stage) for stage in THREE.stages] == ["AMBER", "AMBER2", "RED"]
    assert THREE.in_words() == (
        'AMBER after 5m, AMBER2 "write out" after 10m, RED after 15m, warned 1m before'
    )
    assert (THREE.is_amber_red, policy.amber_red(None, MINUTE).is_amber_red) == (False, True)
    assert [THREE.grace(code) for code in policy.CODES] == [5 * MINUTE, 15 * MINUTE]


def test_other_words_alone_are_not_jujus_two() -> None:
    """AMBER and RED at Juju's times with another information are more than the two keys say."""
    other = policy.Policy((policy.Stage(AMBER, 5 * MINUTE, "shed load"), *THREE.stages[2:]))
    assert not other.is_amber_red


def test_a_later_stage_outranks_an_earlier_one() -> None:
    """And whatever is less severe; but nothing that is as severe and no stage."""
    first, second, last = THREE.stages
    assert THREE.outranks(second, first.status)
    assert not THREE.outranks(first, second.status)
    assert not THREE.outranks(second, status.MeterStatus("AMBER", "over budget"))
    assert not THREE.outranks(second, last.status)
    assert THREE.outranks(first, None)
    assert not THREE.outranks(policy.Stage(AMBER, MINUTE, "nobody's"), first.status)


@pytest.mark.parametrize(
    ("stages", "text"),
    [
        (
            [(RED, 1, "a"), (AMBER, 2, "b")],
            "invalid policy: AMBER comes after RED, and without contact no status falls",
        ),
        ([(AMBER, 1, "a"), (AMBER, 2, "a")], "invalid AMBER2: it has the information of an earlier stage"),
        ([(AMBER, 1, "a\nb")], "invalid information of AMBER: it has the character U+000A"),
        ([(status.StatusCode.GREEN, 1, "a")], "invalid stage: it is neither AMBER nor RED"),
        (
            [(RED, number, str(number)) for number in range(1, 10)],
            "invalid policy of 9 stages: the limit is 8",
        ),
    ],
)
def test_refuses_stages_that_cannot_be(stages: list[tuple[status.StatusCode, int, str]], text: str) -> None:
    """Each by what is wrong with it."""
    chosen = policy.Policy(tuple(policy.Stage(code, grace * MINUTE, info) for code, grace, info in stages))
    for check in (policy.check, policy.check_sense):
        with pytest.raises(errors.NotValidError) as caught:
            check(chosen)
        assert str(caught.value) == text


def test_refuses_a_stage_before_the_one_before() -> None:
    """By their names."""
    chosen = policy.Policy((policy.Stage(AMBER, 2 * MINUTE), policy.Stage(AMBER, MINUTE, "b")))
    with pytest.raises(
        errors.ConfigError, match=r"^amber grace period must be shorter than the amber2 grace period$"
    ):
        policy.check(chosen)
