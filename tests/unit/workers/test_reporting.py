"""workers.reporting: what is kept of reports that a controller does not take, and when it is sent again."""

import asyncio
import dataclasses
import itertools
import logging

import pytest

from meterstatus import errors
from meterstatus.domain.hook import outbox as outboxes
from meterstatus.testing import fakes, virtual_time
from meterstatus.workers import reporting
from tests.unit.domain.hook import test_delivery_report

LATER = errors.RequestError("the database cannot be reached", "try again")
NEVER = errors.RequestError("no such word", "not valid")


class Setting:
    """A unit with reports of attempts 1 to 3, and what its controller takes of them."""

    def __init__(self, *refusals: errors.MeterStatusError | None) -> None:
        self.outbox, self.reporter = outboxes.Outbox(), fakes.FakeDeliveryReporter()
        self.reporter.refusals = list(refusals)
        for attempt in (1, 2, 3):
            self.put(attempt)
        self.reporting = reporting.Reporting(
            self.outbox, self.reporter, virtual_time.VirtualClock(), logging.getLogger("test.reporting")
        )

    def put(self, attempt: int) -> None:
        """Have one more report wait."""
        self.outbox.put(dataclasses.replace(test_delivery_report.REPORT, attempt=attempt))

    async def send(self, seconds: float = 0) -> None:
        """Send, and let time pass."""
        self.reporting.send()
        await asyncio.sleep(seconds)
        await virtual_time.settle()

    @property
    def taken(self) -> list[int]:
        """The attempts that the controller took, in their order."""
        return [report.attempt for report in self.reporter.reports]

    @property
    def waiting(self) -> list[int]:
        """The attempts that wait."""
        return [report.attempt for report in self.outbox.waiting]


@virtual_time.virtual
async def test_what_waits_is_sent_at_once() -> None:
    """All in one request, oldest first; then nothing is asked until something waits again."""
    setting = Setting()
    await setting.send()
    await setting.send(3600)
    assert (setting.taken, setting.waiting, setting.reporter.asked) == ([1, 2, 3], [], 1)


@virtual_time.virtual
async def test_what_may_be_taken_later_is_sent_again() -> None:
    """What was taken before it is not; what stands after it goes with it, so that the order holds."""
    setting = Setting(None, LATER, LATER)
    await setting.send(4)
    assert (setting.taken, setting.waiting) == ([1], [2, 3])
    await asyncio.sleep(2)
    assert (setting.taken, setting.waiting) == ([1, 2, 3], [])


@virtual_time.virtual
async def test_what_is_refused_for_good_is_said_and_let_go(caplog: pytest.LogCaptureFixture) -> None:
    """The others are kept or taken as the controller says."""
    setting = Setting(NEVER, None, LATER)
    await setting.send()
    assert (setting.taken, setting.waiting) == ([2], [3])
    assert "the controller refuses a report of a delivery: no such word" in caplog.text
    await setting.send(5)
    assert (setting.taken, setting.waiting) == ([2, 3], [])


@pytest.mark.parametrize(
    "failure",
    [
        errors.ConnectionLostError(),
        errors.RequestTimeoutError("no answer"),
        errors.RequestError("connection is shut down"),
        errors.RequestError("too many requests on this connection", "try again"),
        errors.RemoteProtocolError("expected 3 results, got 0"),
    ],
)
@virtual_time.virtual
async def test_a_request_that_fails_loses_nothing(failure: errors.MeterStatusError) -> None:
    """It says nothing of any report, and all are sent again."""
    setting = Setting()
    setting.reporter.failure = failure
    await setting.send()
    assert setting.waiting == [1, 2, 3]
    setting.reporter.failure = None
    await asyncio.sleep(6)
    assert (setting.taken, setting.waiting) == ([1, 2, 3], [])


@virtual_time.virtual
async def test_the_pause_grows_and_is_bounded() -> None:
    """5 s and double it to 5 min, however often something asks; and 5 s once something was taken."""
    setting, loop = Setting(), asyncio.get_running_loop()
    setting.reporter.failure = LATER
    asked: list[float] = []
    while len(asked) < 9:
        await setting.send(0.5)
        if setting.reporter.asked > len(asked):
            asked.append(loop.time())
    pauses = [round(later - earlier) for earlier, later in itertools.pairwise(asked)]
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]
    setting.reporter.failure, setting.reporter.refusals = None, [None, LATER, LATER]
    await asyncio.sleep(301)
    assert setting.taken == [1]
    await asyncio.sleep(6)
    assert setting.taken == [1, 2, 3]


@virtual_time.virtual
async def test_what_came_meanwhile_goes_after_it() -> None:
    """A report that is made while another is on its way waits for the next request, not for a pause."""
    setting = Setting()
    setting.reporter.hold = asyncio.Event()
    await setting.send()
    setting.put(4)
    setting.reporter.hold.set()
    await setting.send()
    assert (setting.taken, setting.reporter.asked) == ([1, 2, 3, 4], 2)


@virtual_time.virtual
async def test_a_controller_of_jujus_is_asked_once() -> None:
    """What it does not know it is not asked again on the connection; the next may be to another one."""
    setting = Setting()
    setting.reporter.failure = errors.UnsupportedError("not implemented")
    for _ in range(2):
        await setting.send(600)
    assert (setting.reporter.asked, setting.waiting) == (1, [1, 2, 3])


@virtual_time.virtual
async def test_what_is_stopped_on_its_way_waits() -> None:
    """It may have been taken, and the same report again changes nothing."""
    setting = Setting()
    await setting.reporting.stop()
    setting.reporter.hold = asyncio.Event()
    await setting.send()
    await setting.reporting.stop()
    setting.reporter.hold.set()
    await asyncio.sleep(600)
    assert (setting.taken, setting.waiting, setting.reporter.asked) == ([], [1, 2, 3], 1)


@virtual_time.virtual
async def test_a_defect_comes_out() -> None:
    """What is no error of the wire ends the worker as it would have from a call of its own."""
    setting = Setting()
    setting.reporter.failure = ZeroDivisionError()
    await setting.send()
    with pytest.raises(ZeroDivisionError):
        setting.reporting.send()
