"""A few seeds of the simulation; ``make simulate`` runs any number."""

import os
import subprocess
import sys

import pytest

from meterstatus.testing.simulation import invariants, run

SEEDS = (0, 1)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_invariant_is_violated(seed: int) -> None:
    """Six hours with at least twenty faults violate none of the invariants."""
    report = run.simulate(seed)
    assert report.faults >= 20
    assert report.runs > 10
    assert not report.violations, f"make simulate SEEDS=1 FROM={seed}\n" + "\n".join(report.lines)


@pytest.mark.timeout(300)
def test_the_same_seed_makes_the_same_log() -> None:
    """Two fresh interpreters with different hash seeds write the same story, byte for byte."""

    def story(hash_seed: str) -> str:
        words = [sys.executable, "-m", "meterstatus.testing.simulation", "--seeds", "1", "--from", "2"]
        return subprocess.run(
            [*words, "--story", "--no-times"],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        ).stdout

    assert invariants.same_log(lambda: story("1"), lambda: story("2")) == ""
