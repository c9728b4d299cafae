"""The system's clock."""

import asyncio
import datetime

import pytest

from meterstatus import clock
from meterstatus.testing import virtual_time

SECOND = datetime.timedelta(seconds=1)


def test_now_is_the_wall_time_in_utc() -> None:
    """The instant is aware, in UTC, and between the system's before and after."""
    before = datetime.datetime.now(datetime.UTC)
    now = clock.SystemClock().now()
    assert now.tzinfo is datetime.UTC
    assert before <= now <= datetime.datetime.now(datetime.UTC)


@virtual_time.virtual
async def test_timer_fires_after_its_delay() -> None:
    """A timer fires when its delay has passed on the loop, neither before nor later."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await clock.SystemClock().after(5 * SECOND)
    assert loop.time() - begun == pytest.approx(5)


@pytest.mark.parametrize("delay", [datetime.timedelta(), -SECOND])
@virtual_time.virtual
async def test_timer_without_delay_fires_at_once(delay: datetime.timedelta) -> None:
    """A delay of zero or less takes no time."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await clock.SystemClock().after(delay)
    assert loop.time() == begun


@virtual_time.virtual
async def test_fired_timer_can_be_awaited_again() -> None:
    """Who comes after the timer fired does not wait, and disarming it then changes nothing."""
    timer = clock.SystemClock().after(SECOND)
    await timer
    timer.cancel()
    await timer


@virtual_time.virtual
async def test_cancelled_timer_never_fires() -> None:
    """A timer that was disarmed does not wake who waits for it."""
    timer = clock.SystemClock().after(SECOND)
    timer.cancel()
    timer.cancel()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_wait(timer), 60)


@virtual_time.virtual
async def test_cancelled_wait_leaves_the_timer_armed() -> None:
    """One waiter that goes away takes nothing from another."""
    timer = clock.SystemClock().after(5 * SECOND)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_wait(timer), 1)
    await timer
    assert asyncio.get_running_loop().time() == pytest.approx(5)


async def _wait(timer: clock.LoopTimer) -> None:
    await timer
