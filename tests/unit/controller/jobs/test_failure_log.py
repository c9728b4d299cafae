"""What a person reads of a store that fails and is tried again."""

import logging

import pytest

from meterstatus import errors
from meterstatus.controller.jobs import failure_log


def test_trouble_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    """However often it is met; what was never in trouble has no end of it, and each trouble is told."""
    trouble = failure_log.FailureLog(logging.getLogger("any"), "nothing is written", "it is written")
    trouble.is_over()
    for reason in ("no disk", "no disk"), ("gone",):
        for each in reason:
            trouble.met(errors.StoreUnavailableError(each))
        trouble.is_over()
        trouble.is_over()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "nothing is written: no disk"),
        ("WARNING", "it is written"),
        ("WARNING", "nothing is written: gone"),
        ("WARNING", "it is written"),
    ]
