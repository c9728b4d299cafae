"""When a hook under way must end (workers.hook_end)."""

import asyncio
import datetime

import pytest

from meterstatus.testing import virtual_time
from meterstatus.workers import hook_end

SECOND = datetime.timedelta(seconds=1)


class Setting:
    """A worker and its agent, either of which may be told to end."""

    def __init__(self) -> None:
        self.interrupt, self.stopping = asyncio.Event(), asyncio.Event()
        self.clock = virtual_time.VirtualClock()

    async def ends_after(
        self, *, stage_in: datetime.timedelta | None = None, seconds: float = 3600.0
    ) -> float | None:
        """Return after how many seconds a hook that never ends by itself must; None after some."""
        began = asyncio.get_running_loop().time()
        async with hook_end.told(self.interrupt, self.stopping, self.clock, lambda: stage_in) as ends:
            try:
                await asyncio.wait_for(ends.wait(), seconds)
            except TimeoutError:
                return None
        return asyncio.get_running_loop().time() - began


@virtual_time.virtual
async def test_a_worker_that_goes_on_ends_no_hook() -> None:
    """Nor does the end of the wait leave anything behind."""
    assert await Setting().ends_after() is None
    assert asyncio.all_tasks() == {asyncio.current_task()}


@virtual_time.virtual
async def test_an_agent_that_stops_ends_it_at_once() -> None:
    """Whoever stops it waits for it."""
    setting = Setting()
    setting.stopping.set()
    assert await setting.ends_after() == pytest.approx(0.0)


@virtual_time.virtual
async def test_a_worker_that_ends_has_patience() -> None:
    """The controller is lost or found, and the hook may do what it was told."""
    setting = Setting()
    setting.interrupt.set()
    assert await setting.ends_after() == pytest.approx(60.0)
    assert await setting.ends_after(stage_in=SECOND * 100) == pytest.approx(60.0)


@virtual_time.virtual
@pytest.mark.parametrize(("due", "expected"), [(7, 7.0), (0, 0.0), (-7, 0.0)])
async def test_no_stage_waits_for_it(due: int, expected: float) -> None:
    """What is due is told in time, also where a hook hangs."""
    setting = Setting()
    setting.interrupt.set()
    assert await setting.ends_after(stage_in=SECOND * due) == pytest.approx(expected)


@virtual_time.virtual
async def test_an_agent_that_stops_meanwhile_waits_no_longer() -> None:
    """The patience is for a lost controller, not for whoever stops the agent."""
    setting = Setting()
    setting.interrupt.set()
    asyncio.get_running_loop().call_later(3.0, setting.stopping.set)
    assert await setting.ends_after() == pytest.approx(3.0)


@virtual_time.virtual
async def test_where_nobody_would_say_that_it_stops_the_hook_ends_with_its_worker() -> None:
    """A caller of its own has one interrupt for both."""
    setting = Setting()
    async with hook_end.told(setting.interrupt, None, setting.clock, lambda: None) as ends:
        assert ends is setting.interrupt
