"""The performance's frame; the play itself is shown by the tests of the installed commands."""

import pathlib

import pytest

from meterstatus.programs.demo import performance


def test_works_in_no_directory_that_is_there(tmp_path: pathlib.Path) -> None:
    """A directory that exists is not written into."""
    with pytest.raises(FileExistsError):
        performance.run(performance.DemoOptions(keep=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_stages_are_far_enough_apart_to_be_told_apart() -> None:
    """The usual grace periods leave room for the second that a stage may be late."""
    usual = performance.DemoOptions()
    assert usual.amber_grace_period >= performance.SHORTEST_GAP
    assert usual.red_grace_period - usual.amber_grace_period >= performance.SHORTEST_GAP
