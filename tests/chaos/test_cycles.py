"""Real processes, killed and started again two hundred times; ``make chaos`` runs any number."""

import pytest

from harness.chaos import run

CYCLES, SEED = 200, 0


@pytest.mark.timeout(1800)
def test_no_invariant_is_violated() -> None:
    """Two hundred cycles of kill and start, with every other fault beside, violate none of the invariants."""
    report = run.play(SEED, CYCLES)
    assert not report.violations, f"{report.account}\n{report.summary}"
    assert report.cycles >= CYCLES
    assert report.runs > CYCLES / 4
