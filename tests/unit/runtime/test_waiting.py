"""Tests of waiting for the first of several, and of work that is done to its end."""

import asyncio
import datetime
import logging
from collections.abc import Generator
from typing import Any

import pytest

from meterstatus.runtime import waiting
from meterstatus.testing import virtual_time


@virtual_time.virtual
async def test_the_first_to_end_ends_the_wait() -> None:
    """Returns with the first, and the others are cancelled and gone."""
    never = asyncio.ensure_future(asyncio.Event().wait())
    await waiting.wait_any(asyncio.sleep(3), never)
    assert asyncio.get_running_loop().time() == 3
    assert never.cancelled()


@virtual_time.virtual
async def test_a_wait_that_raises_has_ended() -> None:
    """How a wait ends does not matter."""

    async def fail() -> None:
        raise RuntimeError("no")

    await waiting.wait_any(fail(), asyncio.Event().wait())


@virtual_time.virtual
async def test_cancelling_leaves_nothing_behind() -> None:
    """Cancelling the wait cancels every part of it."""
    parts = [asyncio.ensure_future(asyncio.Event().wait()) for _ in range(2)]
    waited = asyncio.ensure_future(waiting.wait_any(*parts))
    await virtual_time.settle()
    waited.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waited
    assert all(part.cancelled() for part in parts)


@virtual_time.virtual
async def test_a_cancellation_is_told_from_a_stray_one() -> None:
    """Only a task that somebody cancelled is cancelled."""
    seen: list[bool] = []

    async def stray() -> None:
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lost.cancel()
        try:
            await lost
        except asyncio.CancelledError:
            seen.append(waiting.is_cancelled())

    async def meant() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append(waiting.is_cancelled())
            raise

    await stray()
    task = asyncio.ensure_future(meant())
    await virtual_time.settle()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert seen == [False, True]


@virtual_time.virtual
async def test_work_is_done_to_its_end_and_gives_its_result() -> None:
    """Nobody cancels: the result, or the error, is the work's own."""

    async def fail() -> None:
        raise RuntimeError("no")

    assert await waiting.to_the_end(asyncio.sleep(3, "done")) == "done"
    with pytest.raises(RuntimeError, match="no"):
        await waiting.to_the_end(fail())


@pytest.mark.parametrize("failure", [None, RuntimeError("no")])
@virtual_time.virtual
async def test_a_cancelled_caller_leaves_only_when_the_work_has_ended(failure: RuntimeError | None) -> None:
    """However often it is cancelled; a failure of the work stays visible as the context."""
    ended: list[float] = []

    async def work() -> None:
        await asyncio.sleep(3)
        ended.append(asyncio.get_running_loop().time())
        if failure is not None:
            raise failure

    caller = asyncio.ensure_future(waiting.to_the_end(work()))
    for _ in range(3):
        await virtual_time.settle()
        caller.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await caller
    assert ended == [3]
    assert caught.value.__context__ is failure


MINUTE = datetime.timedelta(minutes=1)


class PlainTimer:
    """A timer that can only be awaited, as a caller's own may be."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.is_cancelled = False

    def __await__(self) -> Generator[Any, Any, None]:
        """Wait."""
        return asyncio.sleep(self._seconds).__await__()

    def cancel(self) -> None:
        """Note it."""
        self.is_cancelled = True


@virtual_time.virtual
async def test_a_nap_ends_when_its_timer_fires() -> None:
    """The futures are as they were, and nothing of the nap is left at them or at the loop."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    before = asyncio.all_tasks()
    await waiting.nap(virtual_time.LoopTimer(MINUTE), future)
    assert asyncio.get_running_loop().time() == 60
    assert not future.done()
    assert asyncio.all_tasks() == before
    future.set_result(None)
    await virtual_time.settle()


@virtual_time.virtual
async def test_a_nap_ends_early_with_a_future() -> None:
    """One that is done, or becomes so, ends it at once and disarms the timer."""
    loop = asyncio.get_running_loop()
    for seconds in (0.0, 5.0):
        future: asyncio.Future[None] = loop.create_future()
        loop.call_later(seconds, future.set_result, None)
        timer, begun = virtual_time.LoopTimer(MINUTE), loop.time()
        await waiting.nap(timer, loop.create_future(), future)
        assert loop.time() == begun + seconds
        fired: list[bool] = []
        timer.call_when_fired(lambda fired=fired: fired.append(True))
        await asyncio.sleep(100)
        assert fired == []


@virtual_time.virtual
async def test_a_nap_needs_no_timer() -> None:
    """Without one it lasts until a future is done, however that ends."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()
    loop.call_later(7, future.set_exception, OSError("lost"))
    await waiting.nap(None, future)
    assert loop.time() == 7
    assert isinstance(future.exception(), OSError)


@virtual_time.virtual
async def test_a_nap_takes_a_timer_that_can_only_be_awaited() -> None:
    """It is waited for by a task, which is gone with the nap."""
    loop, never = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
    before = asyncio.all_tasks()
    await waiting.nap(PlainTimer(3), never)
    assert loop.time() == 3
    timer = PlainTimer(100)
    loop.call_later(2, never.set_result, None)
    await waiting.nap(timer, never)
    assert (loop.time(), timer.is_cancelled) == (5, True)
    assert asyncio.all_tasks() == before


@virtual_time.virtual
async def test_a_nap_that_is_cancelled_cancels_no_future() -> None:
    """The timer is disarmed, and whoever else waits for the future still does."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    timer = PlainTimer(60)
    napping = asyncio.ensure_future(waiting.nap(timer, future))
    await virtual_time.settle()
    napping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await napping
    assert timer.is_cancelled
    assert not future.done()


@virtual_time.virtual
async def test_a_pause_leaves_no_timer_behind() -> None:
    """It ends when its timer fires; cancelled meanwhile, the timer is disarmed."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await waiting.pause(virtual_time.LoopTimer(MINUTE))
    assert loop.time() - begun == MINUTE.total_seconds()
    timer, fired = virtual_time.LoopTimer(MINUTE), asyncio.Event()
    timer.call_when_fired(fired.set)
    pausing = asyncio.ensure_future(waiting.pause(timer))
    await asyncio.sleep(1)
    pausing.cancel()
    await asyncio.sleep(2 * MINUTE.total_seconds())
    assert pausing.cancelled() and not fired.is_set()


async def test_work_beside_a_context_is_gone_at_its_end() -> None:
    """It is cancelled, and has cleaned up, before anything after the context runs."""
    done: list[str] = []

    async def work() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            done.append("cleaned up")

    async with waiting.beside(work(), logging.getLogger("test"), "nothing is done any more"):
        await asyncio.sleep(0)
    assert done == ["cleaned up"]


async def test_work_that_ends_by_itself_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody reads what a background task raises, so its end is in the log, with why; the context goes on."""

    async def work() -> None:
        raise RuntimeError("a defect")

    async with waiting.beside(work(), logging.getLogger("test"), "nothing is done any more"):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        (said,) = caplog.records
        assert (said.levelno, said.message) == (logging.CRITICAL, "nothing is done any more")
        assert said.exc_info is not None
