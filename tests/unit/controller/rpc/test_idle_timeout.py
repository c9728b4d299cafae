"""Ending silent connections, on virtual time."""

import asyncio
import contextlib
import datetime
from collections.abc import AsyncGenerator

import pytest

from meterstatus.controller.rpc import idle_timeout
from meterstatus.testing import virtual_time

LIMIT = datetime.timedelta(minutes=3)
STEP = datetime.timedelta(seconds=5)


@contextlib.asynccontextmanager
async def running(clock: virtual_time.VirtualClock) -> AsyncGenerator[idle_timeout.IdleTimeouts]:
    """Run the steps for as long as the context lasts."""
    silences = idle_timeout.IdleTimeouts(clock, LIMIT)
    steps = asyncio.ensure_future(silences.run())
    await virtual_time.settle()
    yield silences
    steps.cancel()
    await asyncio.wait([steps])


@virtual_time.virtual
async def test_silence_ends_after_the_limit_and_not_before() -> None:
    """A lease runs out no earlier than the limit and at most a 36th later, wherever in a step it began."""
    clock = virtual_time.VirtualClock()
    async with running(clock) as silences:
        for offset in (0.0, 0.1, 2.5, 4.9):
            await clock.advance(datetime.timedelta(seconds=offset))
            ended: list[bool] = []
            silences.begin(lambda ended=ended: ended.append(True))
            await clock.advance(LIMIT - datetime.timedelta(seconds=0.001))
            assert ended == []
            await clock.advance(STEP + datetime.timedelta(seconds=0.002))
            assert ended == [True]


@virtual_time.virtual
async def test_renewing_begins_anew() -> None:
    """A renewed lease lasts its limit from then; another that is not renewed ends first."""
    clock = virtual_time.VirtualClock()
    async with running(clock) as silences:
        ended: list[str] = []
        renewed = silences.begin(lambda: ended.append("renewed"))
        silences.begin(lambda: ended.append("left alone"))
        await clock.advance(LIMIT / 2)
        renewed.renew()
        await clock.advance(LIMIT / 2 + 2 * STEP)
        assert ended == ["left alone"]
        await clock.advance(LIMIT / 2)
        assert ended == ["left alone", "renewed"]


@virtual_time.virtual
async def test_an_ended_lease_never_runs_out() -> None:
    """Neither ending twice nor renewing after the end brings a lease back."""
    clock = virtual_time.VirtualClock()
    async with running(clock) as silences:
        ended: list[bool] = []
        lease = silences.begin(lambda: ended.append(True))
        lease.end()
        lease.end()
        lease.renew()
        await clock.advance(3 * LIMIT)
        assert ended == []


@virtual_time.virtual
async def test_a_wall_clock_step_ends_nothing() -> None:
    """A wall clock set forward by a day does not drop anybody."""
    clock = virtual_time.VirtualClock()
    async with running(clock) as silences:
        ended: list[bool] = []
        silences.begin(lambda: ended.append(True))
        clock.step(datetime.timedelta(days=1))
        await clock.advance(LIMIT / 2)
        assert ended == []


@virtual_time.virtual
async def test_one_that_cannot_be_ended_keeps_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """An error while ending one connection is logged, and the next is ended all the same."""
    clock = virtual_time.VirtualClock()
    async with running(clock) as silences:
        ended: list[bool] = []

        def fail() -> None:
            raise RuntimeError("no end")

        silences.begin(fail)
        silences.begin(lambda: ended.append(True))
        await clock.advance(LIMIT + 2 * STEP)
        assert ended == [True]
        assert "ending a silent connection failed" in caplog.text
