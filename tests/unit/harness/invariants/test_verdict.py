"""harness.invariants.verdict: what excuses, and what it leaves alone."""

import pytest

from harness.invariants import verdict


@pytest.mark.parametrize(
    "found", [verdict.HELD, verdict.Violated("wrong"), verdict.Excused(verdict.Cause.HELD_UP)]
)
def test_a_cause_excuses_whatever_was_found(found: verdict.Verdict) -> None:
    """Neither right nor wrong is said any more; without a cause all stays."""
    assert verdict.excuse(found, verdict.Cause.HELD_UP) == verdict.Excused(verdict.Cause.HELD_UP)
    assert verdict.excuse(found, None) is found


def test_what_does_not_concern_is_not_excused() -> None:
    """Or a census would count as let pass what nobody asked."""
    assert verdict.excuse(verdict.NOT_CONCERNED, verdict.Cause.HELD_UP) is verdict.NOT_CONCERNED
