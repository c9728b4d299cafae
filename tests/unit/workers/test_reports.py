"""workers.reports: a unit's outbox is told over a connection, whatever its status workers are at."""

import asyncio
import logging

import pytest

from meterstatus import errors
from meterstatus.domain.hook import outbox as outboxes
from meterstatus.domain.hook import trouble
from meterstatus.testing import fakes, virtual_time
from meterstatus.workers import reports
from tests.unit.domain.hook import test_delivery_report

REPORT = test_delivery_report.REPORT
RUNNING = trouble.Trouble(trouble.Reason.HOOK_RUNNING, "since 2031-05-06T07:08:09Z")


class Both(fakes.FakeDeliveryReporter, fakes.FakeTroubleReporter):
    """A controller that takes both."""

    def __init__(self) -> None:
        fakes.FakeTroubleReporter.__init__(self)
        fakes.FakeDeliveryReporter.__init__(self)


def start(outbox: outboxes.Outbox, reporter: Both) -> reports.ReportsWorker:
    return reports.ReportsWorker.start(
        outbox, reporter, virtual_time.VirtualClock(), logging.getLogger("test.reports")
    )


@virtual_time.virtual
async def test_what_is_there_is_told_at_once_and_what_comes_as_it_comes() -> None:
    """Once each, also to the controller of the next connection."""
    outbox, first, second = outboxes.Outbox(), Both(), Both()
    outbox.put(REPORT)
    outbox.ask(lambda: RUNNING)
    worker = start(outbox, first)
    await asyncio.sleep(4)
    assert (first.reports, first.said) == ([REPORT], [RUNNING])
    worker.kill()
    await worker.wait()

    worker = start(outbox, second)
    await asyncio.sleep(4)
    assert (second.reports, second.said) == ([], [RUNNING])
    outbox.put(REPORT)
    outbox.ask(lambda: None)
    await virtual_time.settle()
    assert (second.reports, second.said) == ([REPORT], [RUNNING, None])
    worker.kill()
    await worker.wait()
    assert (first.asked, second.asked) == (2, 3)


@virtual_time.virtual
async def test_what_was_on_its_way_is_left_for_the_next() -> None:
    """Nobody is called once it has ended."""
    outbox, silent, well = outboxes.Outbox(), Both(), Both()
    silent.hold = asyncio.Event()
    worker = start(outbox, silent)
    outbox.put(REPORT)
    await virtual_time.settle()
    worker.kill()
    await worker.wait()
    outbox.put(REPORT)
    assert (silent.asked, outbox.waiting) == (2, (REPORT, REPORT))  # the trouble there is not, too
    worker = start(outbox, well)
    await virtual_time.settle()
    assert (well.reports, outbox.waiting) == ([REPORT, REPORT], ())
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_a_controller_that_takes_none_is_asked_once_for_each() -> None:
    """It is Juju's own; the worker stays, so that nothing is begun again and again."""
    outbox, jujus = outboxes.Outbox(), Both()
    jujus.failure = errors.UnsupportedError("not implemented")
    outbox.put(REPORT)
    worker = start(outbox, jujus)
    await asyncio.sleep(600)
    outbox.put(REPORT)
    await asyncio.sleep(600)
    assert jujus.asked == 2
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_a_defect_ends_the_worker_and_not_whoever_has_the_news() -> None:
    """The engine starts it anew."""
    outbox, broken = outboxes.Outbox(), Both()
    broken.failure = ZeroDivisionError()
    outbox.put(REPORT)
    worker = start(outbox, broken)
    await virtual_time.settle()
    outbox.put(REPORT)
    with pytest.raises(ZeroDivisionError):
        await worker.wait()
