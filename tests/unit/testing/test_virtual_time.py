"""The event loop on virtual time, which every timed test rests on."""

import asyncio
import datetime
import time

import pytest

from meterstatus.testing import virtual_time

MINUTE = datetime.timedelta(minutes=1)


def test_waiting_takes_no_real_time() -> None:
    """A virtual hour passes on the loop and hardly a moment outside it."""

    @virtual_time.virtual
    async def wait() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    begun = time.monotonic()
    assert wait() == pytest.approx(3600)
    assert time.monotonic() - begun < 60


@virtual_time.virtual
async def test_deadlines_come_in_their_order() -> None:
    """Waits that overlap end in the order of their deadlines, each at its own."""
    ends: list[float] = []

    async def wait(seconds: float) -> None:
        await asyncio.sleep(seconds)
        ends.append(asyncio.get_running_loop().time())

    await asyncio.gather(wait(30), wait(10), wait(20))
    assert ends == pytest.approx([10, 20, 30])


def test_hang_raises() -> None:
    """A loop on which everything waits for nothing raises in place of waiting for ever."""

    @virtual_time.virtual
    async def hang() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="would hang for ever"):
        hang()


@virtual_time.virtual
async def test_clock_moves_with_the_loop() -> None:
    """The wall clock begins at its start and moves as the loop's time does."""
    clock = virtual_time.VirtualClock()
    assert clock.now() == virtual_time.START
    await asyncio.sleep(60)
    assert clock.now() == virtual_time.START + MINUTE


@virtual_time.virtual
async def test_step_moves_the_clock_and_no_timer() -> None:
    """A wall clock that is set does not make a timer fire."""
    clock = virtual_time.VirtualClock()
    timer = asyncio.ensure_future(_wait(clock, MINUTE))
    await virtual_time.settle()
    clock.step(2 * MINUTE)
    await virtual_time.settle()
    assert not timer.done()
    await timer
    assert clock.now() == pytest.approx(virtual_time.START + 3 * MINUTE, abs=datetime.timedelta(seconds=1))
    assert clock.armed == [MINUTE]


@virtual_time.virtual
async def test_advance_settles_what_became_due() -> None:
    """After time was let pass, whatever it woke has run as far as it can."""
    clock = virtual_time.VirtualClock()
    timer = asyncio.ensure_future(_wait(clock, MINUTE))
    await virtual_time.settle()
    await clock.advance(MINUTE)
    assert timer.done()


async def _wait(clock: virtual_time.VirtualClock, delay: datetime.timedelta) -> None:
    await clock.after(delay)
