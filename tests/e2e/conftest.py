"""Real fleets for the end-to-end tests."""

import pathlib
from collections.abc import Iterator

import pytest

from meterstatus.testing import real_fleet


@pytest.fixture
def fleet(tmp_path: pathlib.Path) -> Iterator[real_fleet.RealFleet]:
    """A controller that was made and not started; whatever runs at the end is ended."""
    made = real_fleet.RealFleet(tmp_path)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def charm(tmp_path: pathlib.Path) -> pathlib.Path:
    """A charm whose hook writes down what it was told."""
    return real_fleet.write_charm(tmp_path / "source-charm")
