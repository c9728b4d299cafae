"""The delays of the stages: every row of the reference's table, and the rules between them."""

import datetime

import pytest

from harness import trigger_tables as tables
from meterstatus.domain.unit import juju_triggers


def seconds(number: int) -> datetime.timedelta:
    return datetime.timedelta(seconds=number)


@pytest.mark.parametrize(("worker_state", "code", "elapsed", "amber", "red"), tables.REFERENCE_ROWS)
def test_arms_what_the_reference_asserts(
    worker_state: int, code: str, elapsed: int, amber: bool, red: bool
) -> None:
    """Each asserted row arms exactly the stages that the reference arms."""
    delays = juju_triggers.delays(
        worker_state, code, seconds(elapsed), seconds(tables.REFERENCE_A), seconds(tables.REFERENCE_R)
    )

    assert (amber, red) == (delays.amber is not None, delays.red is not None)


@pytest.mark.parametrize(("worker_state", "code", "elapsed", "amber", "red"), tables.OWN_VECTORS)
def test_arms_for_the_rest_of_the_grace_period(
    worker_state: int, code: str, elapsed: int, amber: int | None, red: int | None
) -> None:
    """Each stage is armed for its grace period less the time passed, negative where it is overdue."""
    delays = juju_triggers.delays(
        worker_state, code, seconds(elapsed), seconds(tables.OWN_A), seconds(tables.OWN_R)
    )

    assert (
        juju_triggers.Delays(None if amber is None else seconds(amber), None if red is None else seconds(red))
        == delays
    )


def test_does_not_require_amber_before_red() -> None:
    """The table itself holds for any two periods: red overdue leaves amber unarmed."""
    delays = juju_triggers.delays(1, "GREEN", seconds(10), seconds(20), seconds(5))

    assert juju_triggers.Delays(red=seconds(-5)) == delays
