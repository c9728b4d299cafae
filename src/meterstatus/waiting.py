"""Waiting for whichever comes first, or for the end of what must not be cut short.

Leaves no task behind, and tells cancellations apart. A low layer of its own, because the engine, the workers
and the adapters all wait, and an adapter may not know the engine.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

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
