"""Tests of waiting for the first of several, and of work that is done to its end."""

import asyncio

import pytest

from meterstatus import waiting
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
