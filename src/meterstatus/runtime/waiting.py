"""Waiting for whichever comes first, for the end of what must not be cut short, or beside work without end.

Leaves no task behind, and tells cancellations apart. A low layer of its own, because the engine, the workers
and the adapters all wait, and an adapter may not know the engine.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeVar

from meterstatus.ports import time

_T = TypeVar("_T")


async def wait_any(*waits: Awaitable[object]) -> None:
    """Return when one of the waits has ended, however it ended, and the others are cancelled and gone.

    Says neither which it was nor how it ended: the caller looks at the facts, several of which may hold
    by now. Cancelling cancels every wait.
    """
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        pending = [task for task in tasks if not task.done()]
        if pending:
            await asyncio.wait(pending)
        for task in tasks:
            # A failure that nobody reads is complained about when it is collected.
            _ = task.cancelled() or task.exception()


async def nap(timer: time.Timer | None, *futures: asyncio.Future[Any]) -> None:
    """Return when the timer has fired or one of the futures is done; the timer is disarmed then.

    What an agent in contact does most. A timer with ``call_when_fired``, as those of the product's clock,
    takes no task, and futures that are kept from nap to nap take none either. Cancelling disarms the timer
    and no future.
    """
    woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake(_: object = None) -> None:
        if not woken.done():
            woken.set_result(None)

    waiting: asyncio.Future[object] | None = None
    for future in futures:
        future.add_done_callback(wake)
    try:
        if timer is not None:
            call_when_fired: Callable[[Callable[[], object]], None] | None = getattr(
                timer, "call_when_fired", None
            )
            if call_when_fired is not None:
                call_when_fired(wake)
            else:
                waiting = asyncio.ensure_future(timer)
                waiting.add_done_callback(wake)
        await woken
    finally:
        for future in futures:
            future.remove_done_callback(wake)
        if timer is not None:
            timer.cancel()
        if waiting is not None:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


async def pause(timer: time.Timer) -> None:
    """Wait until a timer fires; cancelled, it is disarmed and gone."""
    try:
        await timer
    finally:
        timer.cancel()


@contextlib.asynccontextmanager
async def beside(work: Awaitable[None], logger: logging.Logger, words: str) -> AsyncGenerator[None]:
    """Do work without end for as long as the context lasts; it is cancelled, and gone, when that ends.

    Work that ends by itself has a defect: the words say in the log what is not done any more.
    """

    def report(ended: asyncio.Future[None]) -> None:
        if not ended.cancelled():
            logger.critical(words, exc_info=ended.exception())

    task = asyncio.ensure_future(work)
    task.add_done_callback(report)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def to_the_end(work: Awaitable[_T]) -> _T:
    """Return what the work gives when it has ended, also when cancelled meanwhile, any number of times.

    The cancellation is raised only then, and goes before a failure of the work, which stays visible as its
    context.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    try:
        # Read in any case: a failure that nobody reads is complained about when it is collected.
        task.result()
    finally:
        raise cancelled


def is_cancelled() -> bool:
    """Tell a cancellation of the running task from a CancelledError that something raised by itself."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
