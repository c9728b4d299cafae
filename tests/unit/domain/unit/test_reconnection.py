"""domain.unit.reconnection: no wait on the way back leads past a stage."""

import datetime

import pytest

from meterstatus.domain import policy
from meterstatus.domain.unit import offline_clock, reconnection


def seconds(number: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=number)


NEVER = policy.amber_red(None, None)


def of(amber: float | None, red: float | None) -> policy.Policy:
    return policy.amber_red(*(None if each is None else seconds(each) for each in (amber, red)))


@pytest.mark.parametrize(
    ("rules", "spent", "longest"),
    [
        (policy.JUJU_POLICY, 0, 30),
        (policy.JUJU_POLICY, 10, 30),
        (of(100, 200), 0, 30),
        (of(60, 120), 0, 18),
        (of(60, 120), 10, 8),
        (of(10, 20), 0, 3),
        (of(10, 20), 3, 0),
        (of(10, 20), 60, 0),
        (of(None, 20), 0, 6),
        (NEVER, 60, 30),
    ],
)
def test_a_delay_is_three_tenths_of_the_first_grace_at_most(
    rules: policy.Policy, spent: float, longest: float
) -> None:
    """With the attempt before it, so that an agent asks that often; the usual graces change nothing."""
    assert reconnection.longest_delay(rules, seconds(spent)) == seconds(longest)


@pytest.mark.parametrize(
    ("rules", "lead"), [(policy.JUJU_POLICY, 5), (of(10, 20), 1), (of(None, 30), 3), (NEVER, 5)]
)
def test_the_last_attempt_begins_a_tenth_before_a_stage(rules: policy.Policy, lead: float) -> None:
    """Five seconds at most: that is long enough for a slow way."""
    assert reconnection.lead(rules) == seconds(lead)


def test_a_stage_that_waits_for_the_last_attempt_keeps_its_second() -> None:
    """What is left is for the lock and the hook's start."""
    assert offline_clock.NOTHING < reconnection.LAST_TRY < offline_clock.STEP
