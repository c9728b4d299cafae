"""workers.contact_log: a loss is said once, and so is the return."""

import logging

import pytest

from meterstatus import errors
from meterstatus.workers import contact_log

LOGGER = logging.getLogger("test.contact_log")


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    records = [(record.levelname, record.message) for record in caplog.records]
    caplog.clear()
    return records


def test_a_loss_and_a_return_are_one_line_each(caplog: pytest.LogCaptureFixture) -> None:
    """However often the worker begins anew meanwhile; and the next loss is said again."""
    caplog.set_level(logging.DEBUG)
    log = contact_log.ContactLog()
    assert not log.was_found
    log.found(LOGGER, "ctl")
    assert log.was_found
    assert said(caplog) == [("INFO", "in contact with ctl")]
    for _ in range(2):
        log.lost(LOGGER, "cut off")
        log.lost(LOGGER, "cut off still")
        assert said(caplog) == [("WARNING", "cut off"), ("DEBUG", "cut off still")]
        log.found(LOGGER, "ctl")
        assert said(caplog) == [("INFO", "in contact with ctl again")]


def test_a_connection_made_anew_at_once_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody was told that there was none."""
    caplog.set_level(logging.DEBUG)
    log = contact_log.ContactLog()
    log.found(LOGGER, "ctl")
    log.found(LOGGER, "ctl")
    assert [level for level, _ in said(caplog)] == ["INFO", "DEBUG"]


def test_a_loss_that_matters_less_is_said_as_loud_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    """Where no stage comes of it, for one."""
    caplog.set_level(logging.DEBUG)
    contact_log.ContactLog().lost(LOGGER, "cut off", logging.INFO)
    assert said(caplog) == [("INFO", "cut off")]


def test_tries_in_vain_need_no_line_and_each_refusal_one() -> None:
    """Until there was contact again."""
    log = contact_log.ContactLog()
    assert log.is_said(errors.ConnectFailedError("refused"))
    assert log.is_said(errors.ConnectionLostError())
    for _ in range(2):
        assert not log.is_said(errors.RequestError("model not found"))
        assert log.is_said(errors.RequestError("model not found"))
        assert not log.is_said(errors.RequestError("unit not found"))
        log.found(LOGGER, "ctl")
