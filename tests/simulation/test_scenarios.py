"""Each scenario ends as it says; ``make scenarios`` writes down what follows."""

import pathlib

import pytest

from harness.simulation import scenario

SCENARIOS = sorted(scenario.FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_it_ends_as_it_says(path: pathlib.Path) -> None:
    """Line by line, and violates nothing."""
    text = path.read_text(encoding="utf-8")
    assert scenario.played(text) == text
    assert "VIOLATION" not in text
    assert text.startswith("# ")
