"""protocol.policies: seconds on the wire, spans here."""

import datetime
import math

import pytest

from meterstatus import errors
from meterstatus.domain import policy, status
from meterstatus.protocol import policies, wire

SECOND = datetime.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("held", "written"),
    [
        (policy.JUJU_POLICY, wire.Policy(300, 900)),
        (policy.amber_red(None, None), wire.Policy(0, 0)),
        (policy.amber_red(10 * SECOND, None, 2.5 * SECOND), wire.Policy(10, 0, 2.5)),
        (policy.amber_red(None, policy.LONGEST), wire.Policy(0, 7_776_000)),
    ],
)
def test_a_policy_survives_the_wire(held: policy.Policy, written: wire.Policy) -> None:
    """What is written in seconds is read back as it was; what is off is 0."""
    assert policies.to_wire(held) == written
    assert policies.from_wire(written) == held


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, 1e300])
def test_what_is_no_span_is_refused(seconds: float) -> None:
    """A number that no clock can count is refused, wherever it stands."""
    for written in (wire.Policy(seconds, 900), wire.Policy(300, seconds), wire.Policy(300, 900, seconds)):
        with pytest.raises(errors.NotValidError, match=r"invalid span of .* seconds: it cannot be counted"):
            policies.from_wire(written)


def test_sense_is_not_judged_here() -> None:
    """A negative span is read as it is: ``policy.check_sense`` says what is wrong with it."""
    assert policies.from_wire(wire.Policy(-5, 900)).stages[0].grace == -5 * SECOND


def test_more_stages_than_two_survive_the_wire() -> None:
    """The two that an older release reads are beside them; a stage of another status is refused."""
    amber, red = status.StatusCode.AMBER, status.StatusCode.RED
    stages = (
        policy.Stage(amber, 10 * SECOND, "a"),
        policy.Stage(amber, 20 * SECOND, "b"),
        policy.Stage(red, 30 * SECOND, "c"),
    )
    held = policy.Policy(stages, 5 * SECOND)
    rows = (wire.Stage("AMBER", 10, "a"), wire.Stage("AMBER", 20, "b"), wire.Stage("RED", 30, "c"))
    written = wire.Policy(10, 30, 5, rows)
    assert policies.to_wire(held) == written
    assert policies.from_wire(written) == held
    with pytest.raises(errors.NotValidError, match='invalid stage of status "GREEN"'):
        policies.from_wire(wire.Policy(10, 30, 5, (wire.Stage("GREEN", 10, "a"),)))
