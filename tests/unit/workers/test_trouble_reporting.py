"""workers.trouble_reporting: what a controller is told of a unit's trouble, and when."""

import asyncio
import logging

import pytest

from meterstatus import errors
from meterstatus.domain.hook import outbox as outboxes
from meterstatus.domain.hook import trouble
from meterstatus.testing import fakes, virtual_time
from meterstatus.workers import trouble_reporting

CHARM, LOCK = trouble.Trouble(trouble.Reason.CHARM, "none"), trouble.Trouble(trouble.Reason.LOCK)


class Setting:
    """A unit whose trouble a test sets."""

    def __init__(self, outbox: outboxes.Outbox | None = None) -> None:
        self.outbox, self.reporter = outbox or outboxes.Outbox(), fakes.FakeTroubleReporter()
        self.now: trouble.Trouble | None = None
        self.outbox.ask(lambda: self.now)
        self.reporting = trouble_reporting.TroubleReporting(
            self.outbox,
            self.reporter,
            virtual_time.VirtualClock(),
            logging.getLogger("test.trouble"),
        )

    async def becomes(self, now: trouble.Trouble | None, seconds: float = 0) -> None:
        """Have another trouble, and let time pass."""
        self.now = now
        self.reporting.send()
        await asyncio.sleep(seconds)
        await virtual_time.settle()


@virtual_time.virtual
async def test_a_trouble_that_lasts_is_told_once_and_its_end_at_once() -> None:
    """However often somebody looks."""
    setting = Setting()
    await setting.becomes(None, 10)
    await setting.becomes(CHARM, 2.9)
    assert setting.reporter.said == [None]  # an agent before this one may have told of one
    await setting.becomes(CHARM, 0.2)
    assert (setting.reporter.said, setting.outbox.has_told_trouble) == ([None, CHARM], True)
    await setting.becomes(CHARM, 60)
    await setting.becomes(None)
    assert (setting.reporter.said, setting.outbox.has_told_trouble) == ([None, CHARM, None], False)


@virtual_time.virtual
async def test_what_is_over_soon_was_none() -> None:
    """A hook that ends in a second, and a lock that is free in two, are told to nobody."""
    setting = Setting()
    await setting.becomes(None)
    await setting.becomes(LOCK, 2)
    await setting.becomes(None, 60)
    assert setting.reporter.said == [None]


@virtual_time.virtual
async def test_another_trouble_takes_the_place_of_the_first() -> None:
    """Also where it came while the first waited."""
    setting = Setting()
    await setting.becomes(LOCK, 2)
    await setting.becomes(CHARM, 2)
    assert setting.reporter.said == [CHARM]
    await setting.becomes(LOCK, 4)
    assert setting.reporter.said == [CHARM, LOCK]


@virtual_time.virtual
async def test_what_may_still_stand_at_a_controller_is_taken_back() -> None:
    """It was said over another connection, of which the controller may not know that it has ended."""
    left = Setting()
    await left.becomes(CHARM, 4)
    assert left.reporter.said == [CHARM]
    setting = Setting(left.outbox)
    await setting.becomes(None)
    await setting.becomes(None)
    assert setting.reporter.said == [None]


@virtual_time.virtual
async def test_a_report_that_is_not_taken_is_sent_again() -> None:
    """After a pause, and then as it is by then."""
    setting = Setting()
    setting.reporter.failure = errors.RequestTimeoutError("no answer")
    await setting.becomes(CHARM, 4)
    setting.reporter.failure = None
    await setting.becomes(CHARM, 3)
    assert setting.reporter.said == []
    await setting.becomes(CHARM, 6)
    assert setting.reporter.said == [CHARM]


@virtual_time.virtual
async def test_a_controller_that_does_not_ask_is_left_alone() -> None:
    """Juju's own, and an earlier one of ours."""
    setting = Setting()
    setting.reporter.failure = errors.UnsupportedError("not implemented")
    await setting.becomes(CHARM, 600)
    await setting.becomes(LOCK, 600)
    assert setting.reporter.asked == 1


@virtual_time.virtual
async def test_nothing_is_sent_once_it_was_stopped() -> None:
    """However often it is stopped."""
    setting = Setting()
    await setting.reporting.stop()
    await setting.becomes(CHARM)
    await setting.reporting.stop()
    await setting.reporting.stop()
    await asyncio.sleep(60)
    assert setting.reporter.asked == 0


@virtual_time.virtual
async def test_a_defect_comes_out() -> None:
    """What is no error of the wire ends the worker."""
    setting = Setting()
    setting.reporter.failure = ZeroDivisionError()
    await setting.becomes(CHARM, 4)
    with pytest.raises(ZeroDivisionError):
        setting.reporting.send()
