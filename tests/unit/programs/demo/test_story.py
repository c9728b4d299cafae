"""Telling a story."""

import pytest

from meterstatus.programs.demo import story


def test_a_step_that_went_well_has_a_tick_and_its_details(capsys: pytest.CaptureFixture[str]) -> None:
    """The title, the mark and the time stand on one line of 80 columns, the details below."""
    told = story.Story()
    with told.step("Open the shop"):
        told.note("it is open")
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(" 1  Open the shop ")
    assert first.split()[-3:] == ["✓", "0.0", "s"]
    assert len(first) <= 80
    assert second == "    it is open"


def test_a_step_that_failed_has_a_cross_and_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    """The step that failed is named, with what was expected and seen and where the logs are."""
    told = story.Story()
    with pytest.raises(story.StepFailed) as failed, told.step("Open the shop"):
        raise story.StepFailed("an open door", "a closed one")
    told.failed(failed.value, ["/a.log", "/b.log"])
    captured = capsys.readouterr()
    assert "✗" in captured.out
    assert captured.err.splitlines() == [
        "",
        "Step 1 failed: Open the shop",
        "  expected: an open door",
        "  seen:     a closed one",
        "  logs:     /a.log",
        "            /b.log",
    ]


def test_details_are_cut_to_the_width(capsys: pytest.CaptureFixture[str]) -> None:
    """No detail is wider than the story."""
    told = story.Story()
    with told.step("Talk"):
        told.note("x" * 200)
    assert all(len(line) <= story.WIDTH for line in capsys.readouterr().out.splitlines())
