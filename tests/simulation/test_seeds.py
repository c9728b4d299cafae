"""Seeds of the simulation, as many as a run of all tests has time for; ``make simulate`` runs any number."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from harness.invariants import census, checks, verdict
from harness.simulation import bounds, run

SEEDS = 200
"""Half of them with two controllers, which take a third longer; each takes some two seconds of a core."""
FOUND = {
    19: "the deliveries of one report were kept in any order where the store took its time",
    249: "a controller led back kept its agents: what they had stored and were told since was not said again",
}
"""Seeds that find a defect where it is planted anew, and what it was; other stories need others."""

BLOCK = 5
"""Seeds to a test, so that all cores are busy."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_no_invariant_is_violated(first: int, census_folder: pathlib.Path) -> None:
    """Six hours with at least twenty faults violate none of the invariants, and all seeds ask enough."""
    counted = census.Census()
    for seed in range(first, first + BLOCK):
        counted.add(_check(seed).census)
    written = _write(census_folder / f"{first}.json", counted)
    if len(written) == SEEDS // BLOCK:  # whichever ends last; two that end together both see them all
        everything = census.Census()
        for path in written:
            everything.add(census.Census(json.loads(path.read_text(encoding="utf-8"))))
        assert not list(bounds.breaches(everything)), "\n".join(everything.lines())


@pytest.fixture
def census_folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Return a folder that all workers of this run share, and no other run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "census"
    folder.mkdir(exist_ok=True)
    return folder


def _write(path: pathlib.Path, counted: census.Census) -> list[pathlib.Path]:
    """Write a census, whole at once, and return all that are written by now."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(counted.plain()), encoding="utf-8")
    part.rename(path)
    return sorted(path.parent.glob("*.json"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [seed for seed in FOUND if seed >= SEEDS])
def test_what_was_found_once_is_mended(seed: int) -> None:
    """A seed that found a defect finds none any more."""
    _check(seed)


def _check(seed: int) -> run.Report:
    report = run.simulate(seed)
    assert report.faults >= 20
    assert report.runs > 5
    assert not report.violations, f"make simulate SEEDS=1 FROM={seed}\n" + "\n".join(report.lines)
    return report


@pytest.mark.timeout(300)
def test_the_same_seed_makes_the_same_log() -> None:
    """Two fresh interpreters with different hash seeds write the same story of two controllers."""

    def story(hash_seed: str) -> str:
        words = [sys.executable, "-m", "harness.simulation", "--seeds", "1", "--from", "3"]
        return subprocess.run(
            [*words, "--jobs", "1", "--story", "--no-times"],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        ).stdout

    assert checks.same_log(lambda: story("1"), lambda: story("2")) == verdict.HELD
