"""Announcing that the controller may be away."""

import json
from typing import Any

import pytest


def test_announces_and_says_who_hears_it(operator: Any, controller: Any) -> None:
    """Until when, by whom and why; it is in the history, and shown with the status."""
    operator("unit", "add", "shop/0")
    answer = operator("maintenance", "2h", "--reason", "a new disk")
    words = "Maintenance is announced until 2026-03-05T14:30:00Z by admin: a new disk"
    assert (answer.exit_status, answer.err) == (0, "")
    assert answer.out == f"{words}\n1 of 1 unit is connected and hears of it.\n"
    assert operator("status").err == f"{words}\n"
    assert json.loads(operator("status", "--format", "json").out)["maintenance"] == {
        "since": "2026-03-05T12:30:00Z",
        "until": "2026-03-05T14:30:00Z",
        "user": "admin",
        "reason": "a new disk",
    }
    line = operator("history").out.splitlines()[-1]
    assert "the model" in line
    assert "maintenance    for 2h  a new disk" in line


def test_ends_it(operator: Any, controller: Any) -> None:
    """However it is spelled; the history says so."""
    operator("maintenance", "90s")
    assert operator("maintenance", "END").out == "No maintenance is announced any more.\n"
    assert operator("status").err.startswith("There is no unit")
    assert "maintenance ended" in operator("history").out
    changes = json.loads(operator("history", "--format", "json").out)["changes"]
    assert [change["maintenance"] is None for change in changes] == [False, True]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ("25h", "invalid maintenance of 1d1h: it may be 1s to 1d"),
        ("500ms", "invalid maintenance of 500ms: it may be 1s to 1d"),
        ("soon", '"soon" is no time span; write 90s, 5m, 1h30m or 250ms, or "end"'),
    ],
)
def test_refuses_what_cannot_be_announced(operator: Any, controller: Any, span: str, words: str) -> None:
    """Before the controller hears of it."""
    answer = operator("maintenance", span)
    assert (answer.exit_status, answer.out, controller.dialled) == (2, "", [])
    assert words in answer.err
