"""Asking for the demonstration."""

from typing import Any

import pytest


@pytest.mark.parametrize("words", [("--amber-grace", "1s"), ("--red-grace", "4s"), ("--red-grace", "1s")])
def test_refuses_stages_that_cannot_be_told_apart(operator: Any, words: tuple[str, ...]) -> None:
    """Grace periods too close to check to within a second are refused."""
    answer = operator("demo", *words)
    assert (answer.exit_status, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "--amber-grace must be at least 2s" in answer.err
