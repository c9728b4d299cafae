"""Tests of waiting for the first of several."""

import asyncio

import pytest

from meterstatus.engine import race
from meterstatus.testing import virtual_time


@virtual_time.virtual
async def test_the_first_to_end_ends_the_wait() -> None:
    """Returns with the first, and the others are cancelled and gone."""
    never = asyncio.ensure_future(asyncio.Event().wait())
    await race.wait_any(asyncio.sleep(3), never)
    assert asyncio.get_running_loop().time() == 3
    assert never.cancelled()


@virtual_time.virtual
async def test_a_wait_that_raises_has_ended() -> None:
    """How a wait ends does not matter."""

    async def fail() -> None:
        raise RuntimeError("no")

    await race.wait_any(fail(), asyncio.Event().wait())


@virtual_time.virtual
async def test_cancelling_leaves_nothing_behind() -> None:
    """Cancelling the wait cancels every part of it."""
    parts = [asyncio.ensure_future(asyncio.Event().wait()) for _ in range(2)]
    waiting = asyncio.ensure_future(race.wait_any(*parts))
    await virtual_time.settle()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
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
            seen.append(race.is_cancelled())

    async def meant() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append(race.is_cancelled())
            raise

    await stray()
    task = asyncio.ensure_future(meant())
    await virtual_time.settle()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert seen == [False, True]
