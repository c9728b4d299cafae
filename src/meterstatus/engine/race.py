"""Waiting for whichever comes first, leaving nothing behind, and telling cancellations apart."""

import asyncio
from collections.abc import Awaitable


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
        await asyncio.gather(*tasks, return_exceptions=True)


def is_cancelled() -> bool:
    """Tell a cancellation of the running task from a CancelledError that something raised by itself."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
