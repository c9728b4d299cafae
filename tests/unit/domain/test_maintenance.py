"""Announced maintenance: how much is left of it, what may be announced, and how long stages wait."""

import datetime

import pytest

from meterstatus import errors
from meterstatus.domain import maintenance, policy

AT = datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC)
SECOND, HOUR = datetime.timedelta(seconds=1), datetime.timedelta(hours=1)
ANNOUNCED = maintenance.Maintenance(AT, AT + 2 * HOUR, "user-admin")


@pytest.mark.parametrize(
    ("at", "left"),
    [
        (AT, 2 * HOUR),
        (AT + HOUR, HOUR),
        (AT + 2 * HOUR, 0 * HOUR),
        (AT + 3 * HOUR, 0 * HOUR),
        (AT - HOUR, 2 * HOUR),
    ],
)
def test_what_is_left(at: datetime.datetime, left: datetime.timedelta) -> None:
    """Never below nothing, and never more than was announced, also where the clock was set back."""
    assert ANNOUNCED.rest(at) == left


@pytest.mark.parametrize("span", [SECOND, 2 * HOUR, 24 * HOUR])
def test_what_may_be_announced(span: datetime.timedelta) -> None:
    """From a second to a day."""
    maintenance.check(span)


@pytest.mark.parametrize(("span", "words"), [(0 * HOUR, "0s"), (-HOUR, "-1h"), (24 * HOUR + SECOND, "1d1s")])
def test_what_may_not_be_announced(span: datetime.timedelta, words: str) -> None:
    """Nothing, less, and more than a day: that is a policy."""
    with pytest.raises(errors.NotValidError, match=f"invalid maintenance of {words}: it may be 1s to 1d"):
        maintenance.check(span)


def waits(chosen: policy.Policy, rest: datetime.timedelta) -> list[tuple[str, datetime.timedelta]]:
    return [(stage.code.value, due) for stage, due in maintenance.stages(chosen, rest)]


def test_stages_wait_for_what_is_left() -> None:
    """Each so much longer; one that is off stays off; nothing is believed that may not be announced."""
    amber, red = 5 * 60 * SECOND, 15 * 60 * SECOND
    both = [("AMBER", amber), ("RED", red)]
    assert waits(policy.JUJU_POLICY, maintenance.NOTHING) == both
    assert waits(policy.JUJU_POLICY, -HOUR) == both
    assert waits(policy.JUJU_POLICY, HOUR) == [(code, grace + HOUR) for code, grace in both]
    assert waits(policy.amber_red(None, red), HOUR) == [("RED", red + HOUR)]
    assert waits(policy.amber_red(None, red), 900 * HOUR) == [("RED", red + 24 * HOUR)]


def test_no_wait_gets_longer_than_a_policy_may_have() -> None:
    """Ninety days, whatever is announced; a longer one of the agent's own options stays as it is."""
    nearly, beyond = policy.LONGEST - HOUR, policy.LONGEST + HOUR
    assert waits(policy.amber_red(None, nearly), 2 * HOUR) == [("RED", policy.LONGEST)]
    assert waits(policy.amber_red(None, beyond), 2 * HOUR) == [("RED", beyond)]
