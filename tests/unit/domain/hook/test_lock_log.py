"""domain.hook.lock_log: names and lines that every Juju agent on the machine shares (spec worker, D.7)."""

import datetime

import pytest

from meterstatus.domain.hook import lock_log

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, 999_000, datetime.UTC)


def _after(seconds: float) -> datetime.datetime:
    return AT + datetime.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("", "juju-machine-lock"),
        ("backup", "juju-machine-lock-backup"),
        ("g" * 27, f"juju-machine-lock-{'g' * 27}"),
        ("g" * 28, None),
        ("a/b", None),
        ("a_b", None),
        ("a\n", None),
    ],
)
def test_file_name(group: str, name: str | None) -> None:
    """A group has a lock of its own; a name that Juju refuses is refused."""
    assert lock_log.file_name(group) == name
    assert lock_log.file_name() == "juju-machine-lock"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.499, "0s"),
        (0.5, "1s"),
        (59.4, "59s"),
        (59.5, "1m0s"),
        (125, "2m5s"),
        (3600, "1h0m0s"),
        (100 * 3600 + 61, "100h1m1s"),
        (-5, "0s"),
    ],
)
def test_duration_text(seconds: float, text: str) -> None:
    """Durations are written as Go writes them, in whole seconds, and never below zero."""
    assert lock_log.duration_text(datetime.timedelta(seconds=seconds)) == text


def test_lines_are_jujus() -> None:
    """The log's lines have Juju's form, to the second of the release."""
    request = lock_log.Request("meterstatus", "meter-status-changed", AT)
    assert lock_log.started_line(AT, "unit-app-0") == "2031-05-06 07:08:09 === agent unit-app-0 started ===\n"
    assert request.held_line("unit-app-0", _after(3), _after(15)) == (
        "2031-05-06 07:08:24 unit-app-0: meterstatus (meter-status-changed), waited 3s, held 12s\n"
    )


def test_an_empty_comment_leaves_no_brackets() -> None:
    """A request without a comment is its worker's name only."""
    request = lock_log.Request("app/0 uniter", "", AT)
    assert request.waiting_text(_after(61)) == "app/0 uniter, waiting 1m1s"
    assert request.holding_text(_after(1), _after(3)) == "app/0 uniter, holding 2s"
