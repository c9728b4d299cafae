"""The delays of the stages: every row of the reference's table, and the rules between them."""

import datetime

import pytest

from meterstatus.domain import triggers

A, R = 300, 900

REFERENCE_A, REFERENCE_R = 600, 1800
REFERENCE_ROWS = [
    (0, "GREEN", 0, True, True),
    (0, "AMBER", 0, True, True),
    (0, "RED", 0, False, True),
    (1, "GREEN", 0, True, True),
    (1, "AMBER", 0, True, True),
    (1, "RED", 0, False, True),
    (1, "GREEN", REFERENCE_A + 1, True, True),
    (1, "AMBER", REFERENCE_A + 1, True, True),
    (1, "RED", REFERENCE_A + 1, False, True),
    (2, "AMBER", REFERENCE_A + 1, False, True),
    (2, "AMBER", REFERENCE_R + 1, False, True),
    (2, "RED", REFERENCE_R + 1, False, True),
    (3, "RED", REFERENCE_R + 1, False, False),
]
"""The rows that the reference's own test asserts: which stages are armed."""

OWN_VECTORS = [
    (1, "GREEN", 0, 300, 900),
    (1, "", 299, 1, 601),
    (1, "AMBER", 300, 0, 600),
    (0, "GREEN", 899, -599, 1),
    (1, "GREEN", 900, None, 0),
    (1, "GREEN", 5000, None, -4100),
    (1, "GREEN", -3600, 3900, 4500),
    (1, "red", 0, 300, 900),
    (-1, "GREEN", 899, None, None),
    (1, "RED", 0, None, 900),
    (1, "RED", 899, None, 1),
    (1, "RED", 5000, None, -4100),
    (2, "GREEN", 0, None, 900),
    (2, "AMBER", 899, None, 1),
    (2, "RED", 900, None, 0),
    (2, "AMBER", -3600, None, 4500),
    (4, "RED", 900, None, None),
    (-1, "RED", 0, None, 900),
    (-1, "GREEN", 900, None, 0),
    (3, "GREEN", 0, None, None),
]
"""Vectors with delays in seconds, derived from the rules of the table."""


def seconds(number: int) -> datetime.timedelta:
    return datetime.timedelta(seconds=number)


@pytest.mark.parametrize(("worker_state", "code", "elapsed", "amber", "red"), REFERENCE_ROWS)
def test_arms_what_the_reference_asserts(
    worker_state: int, code: str, elapsed: int, amber: bool, red: bool
) -> None:
    """Each asserted row arms exactly the stages that the reference arms."""
    delays = triggers.delays(worker_state, code, seconds(elapsed), seconds(REFERENCE_A), seconds(REFERENCE_R))

    assert (amber, red) == (delays.amber is not None, delays.red is not None)


@pytest.mark.parametrize(("worker_state", "code", "elapsed", "amber", "red"), OWN_VECTORS)
def test_arms_for_the_rest_of_the_grace_period(
    worker_state: int, code: str, elapsed: int, amber: int | None, red: int | None
) -> None:
    """Each stage is armed for its grace period less the time passed, negative where it is overdue."""
    delays = triggers.delays(worker_state, code, seconds(elapsed), seconds(A), seconds(R))

    assert (
        triggers.Delays(None if amber is None else seconds(amber), None if red is None else seconds(red))
        == delays
    )


def test_does_not_require_amber_before_red() -> None:
    """The table itself holds for any two periods: red overdue leaves amber unarmed."""
    delays = triggers.delays(1, "GREEN", seconds(10), seconds(20), seconds(5))

    assert triggers.Delays(red=seconds(-5)) == delays
