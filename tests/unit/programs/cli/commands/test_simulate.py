"""``meterstatus simulate``."""

import json

import click.testing

from meterstatus.programs import cli


def _run(*words: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(cli.root, ["simulate", *words])


def test_says_what_is_told_and_when() -> None:
    """One line for each thing that happens, with what comes next."""
    result = _run("--offline", "20m", "--restart-at", "3m")
    assert result.exit_code == 0
    lines = [line.split() for line in result.output.splitlines()]
    assert lines[0] == ["After", "What", "Status", "Next"]
    assert lines[1] == ["3m", "the", "agent", "restarts", "-", "-"]
    assert lines[2] == ["5m", "meter-status-changed", "AMBER", "RED", "in", "10m"]
    assert lines[3] == ["15m", "meter-status-changed", "RED", "-"]
    assert lines[5][:3] == ["20m", "meter-status-changed", "GREEN"]


def test_says_it_to_programs() -> None:
    """The same as JSON."""
    result = _run("--offline", "6m", "--format", "json")
    first = json.loads(result.output)["happenings"][0]
    assert first == {
        "after-seconds": 300.0,
        "what": "meter-status-changed",
        "status": "AMBER",
        "info": "unit agent has been disconnected",
        "origin": "agent",
    }


def test_refuses_stages_in_the_wrong_order() -> None:
    """AMBER comes before RED."""
    result = _run("--offline", "6m", "--amber-grace", "20m")
    assert result.exit_code == 2
    assert "--amber-grace 20m must be shorter than --red-grace 15m" in result.output


def test_a_stage_may_be_off() -> None:
    """A stage that is off never comes; with both off nothing is told until contact returns."""
    assert "RED" not in _run("--offline", "20m", "--red-grace", "off").output
    assert "AMBER" not in _run("--offline", "20m", "--amber-grace", "off").output
    result = _run("--offline", "90d", "--amber-grace", "off", "--red-grace", "OFF", "--format", "json")
    assert [each["what"] for each in json.loads(result.output)["happenings"]] == ["contact returns"]


def test_announced_maintenance_puts_off_the_stages() -> None:
    """By as much as was left of it; more than can be announced is refused."""
    lines = _run("--offline", "3h", "--maintenance", "2h").output.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["2h5m", "2h15m", "3h", "3h"]
    assert _run("--offline", "3h", "--maintenance", "25h").exit_code == 2


THREE = ("--stage", "5m=AMBER", "--stage", "10m=amber:write out", "--stage", "15m=RED")


def test_plays_more_stages_than_two() -> None:
    """Each is told at its time, with the information of its own."""
    lines = [line.split() for line in _run("--offline", "16m", *THREE).output.splitlines()]
    assert [(words[0], words[2:]) for words in lines[1:4]] == [
        ("5m", ["AMBER", "AMBER2", "in", "5m"]),
        ("10m", ["AMBER", "write", "out", "RED", "in", "5m"]),
        ("15m", ["RED", "-"]),
    ]


def test_refuses_stages_that_cannot_be() -> None:
    """By what is wrong with them, or how they are written."""
    assert "amber grace period must be shorter" in _run("--offline", "1h", *THREE[:2], *THREE[:2]).output
    for word in ("5m", "5m=GREEN", "x=AMBER", "=RED"):
        result = _run("--offline", "1h", "--stage", word)
        assert result.exit_code == 2, word
