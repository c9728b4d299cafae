"""harness.simulation.bounds: a run that asks too little fails."""

import pytest

from harness.invariants import census, verdict
from harness.simulation import bounds

LATE = "2 never late"


def census_of(held: int, excused: int, check: str = LATE) -> census.Census:
    """Return one in which every other check has held once."""
    counts = {name: {"held": 1} for name in bounds.BOUNDS}
    counts[check] = {"held": held, verdict.Cause.DISK_LOST.value: excused}
    return census.Census(counts)


def test_what_was_asked_enough() -> None:
    """Nothing is said of it."""
    assert not list(bounds.breaches(census_of(100, 1)))


@pytest.mark.parametrize(
    ("held", "excused", "words"), [(0, 0, "never held"), (0, 5, "never held"), (100, 100, "let 50.0% pass")]
)
def test_what_was_asked_too_little(held: int, excused: int, words: str) -> None:
    """A check that never held, or was excused more often than its bound has it, is named."""
    (found,) = bounds.breaches(census_of(held, excused))
    assert found.startswith(LATE)
    assert words in found


def test_a_check_that_was_never_judged() -> None:
    """One that is in the table and in no census has gone."""
    counted = census_of(1, 0).plain()
    del counted[LATE]
    (found,) = bounds.breaches(census.Census(counted))
    assert found.startswith(f"{LATE} was never held")


def test_a_check_without_a_bound() -> None:
    """A new one is given its own, with its reason."""
    assert list(bounds.breaches(census_of(1, 0, "13 new"))) == ["13 new has no bound"]


def test_every_share_has_its_reason() -> None:
    """And none is let pass where it says so."""
    for share, why in bounds.BOUNDS.values():
        assert 0 <= share <= 0.5
        assert (share == 0) is (why == bounds.NEVER)
