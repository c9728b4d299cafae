"""When a hook under way must end although its worker does: not at once, unless the agent stops.

A worker ends whenever the controller is lost or found again, which is no fault of the hook that runs: ended
in the middle it may have done half of what it was told, and its delivery begins anew. So it has a while to
end by itself, but not past the next stage, which has to be told by then.
"""

import asyncio
import contextlib
import datetime
from collections.abc import AsyncGenerator, Callable

from meterstatus.ports import time
from meterstatus.runtime import waiting

PATIENCE = datetime.timedelta(seconds=60)
"""For a hook under way to end by itself once its worker must end; what comes next waits for it."""

_NOTHING = datetime.timedelta(0)
StageIn = Callable[[], datetime.timedelta | None]


@contextlib.asynccontextmanager
async def told(
    interrupt: time.Interrupt, stopping: time.Interrupt | None, clock: time.Clock, stage_in: StageIn
) -> AsyncGenerator[time.Interrupt]:
    """Give the interrupt that ends a hook.

    Args:
        interrupt: says that the worker must end.
        stopping: says that the agent stops; None where nobody would say so: the hook ends with the worker.
        clock: measures the patience.
        stage_in: how long until the next stage; None where there is none.
    """
    if stopping is None:
        yield interrupt
        return
    ends = asyncio.Event()
    saying = asyncio.ensure_future(_say(ends, interrupt, stopping, clock, stage_in))
    try:
        yield ends
    finally:
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)


async def _say(
    ends: asyncio.Event,
    interrupt: time.Interrupt,
    stopping: time.Interrupt,
    clock: time.Clock,
    stage_in: StageIn,
) -> None:
    await waiting.wait_any(interrupt.wait(), stopping.wait())
    if not stopping.is_set():
        upcoming = stage_in()
        timer = clock.after(PATIENCE if upcoming is None else max(min(PATIENCE, upcoming), _NOTHING))
        try:
            await waiting.wait_any(stopping.wait(), timer)
        finally:
            timer.cancel()
    ends.set()
