"""Connecting to the first of several controllers that answers (spec juju-api, 9.2)."""

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from meterstatus import errors
from meterstatus.engine import graph
from meterstatus.ports import connection, time
from meterstatus.runtime import waiting

GAP = datetime.timedelta(milliseconds=200)
"""Between starting one address and the next: one that answers is rarely overtaken for nothing."""

DIAL_LIMIT = datetime.timedelta(seconds=10)
"""For all addresses together. A controller that needs longer to say hello is one to come back to; but whoever
gives up while it is busy with him makes it work in vain, and asks again."""

_T = TypeVar("_T")


async def dial_first(
    dialer: connection.Dialer,
    endpoints: Sequence[connection.Endpoint],
    clock: time.Clock,
    dial_limit: datetime.timedelta = DIAL_LIMIT,
) -> connection.APIConnection:
    """Dial the endpoints in their order, a gap apart, and return the first connection made.

    The other attempts are cancelled; a connection they made all the same is closed. Cancelling leaves
    nothing behind.

    Raises:
        ConnectFailedError: every address failed, or the time ran out; the text names each and why.
    """
    attempts: dict[asyncio.Task[connection.APIConnection], str] = {}
    limit = clock.after(dial_limit)
    won: connection.APIConnection | None = None
    try:
        for endpoint in endpoints:
            attempts[asyncio.ensure_future(dialer.dial(endpoint))] = endpoint.address
            if len(attempts) == len(endpoints):
                break
            gap = clock.after(GAP)
            won = await _first_success(attempts, gap)
            gap.cancel()
            if won is not None:
                return won
        won = await _first_success(attempts, limit)
    finally:
        limit.cancel()
        await _abandon([task for task in attempts if not task.done() or _result(task) is not won])
    if won is None:
        raise errors.ConnectFailedError(_reasons(attempts, dial_limit))
    return won


async def _first_success(
    attempts: dict[asyncio.Task[connection.APIConnection], str], limit: time.Timer
) -> connection.APIConnection | None:
    """Wait until an attempt succeeds, all have failed, or the timer fires."""
    expiry = asyncio.ensure_future(limit)
    try:
        while True:
            for task in attempts:
                made = _result(task)
                if made is not None:
                    return made
            open_attempts = [task for task in attempts if not task.done()]
            if expiry.done() or not open_attempts:
                return None
            await asyncio.wait([expiry, *open_attempts], return_when=asyncio.FIRST_COMPLETED)
    finally:
        expiry.cancel()


def _result(task: asyncio.Task[connection.APIConnection]) -> connection.APIConnection | None:
    if not task.done() or task.cancelled() or task.exception() is not None:
        return None
    return task.result()


async def _abandon(tasks: Sequence[asyncio.Task[connection.APIConnection]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for made in filter(None, map(_result, tasks)):
        await made.close()


def _reasons(attempts: dict[asyncio.Task[connection.APIConnection], str], limit: datetime.timedelta) -> str:
    if not attempts:
        return "no controller address is known"
    reasons: list[str] = []
    for task, address in attempts.items():
        error = None if task.cancelled() else task.exception()
        # A dialer's error names the address itself.
        late = f"cannot connect to {address}: no answer within {limit.total_seconds():g} s"
        reasons.append(late if error is None else str(error))
    return "; ".join(reasons)


async def within(
    limit: datetime.timedelta,
    clock: time.Clock,
    step: Callable[[], Awaitable[_T]],
    *aborts: time.Interrupt,
) -> _T:
    """Run a step, but no longer than a limit on the given clock, nor longer than it is wanted.

    Raises:
        RequestTimeoutError: the limit passed; the step was cancelled and is gone.
        AbortedError: one of ``aborts`` was said first; likewise.
    """
    running = asyncio.ensure_future(step())
    timer = clock.after(limit)
    try:
        await waiting.wait_any(timer, asyncio.shield(running), *(abort.wait() for abort in aborts))
        if not running.done():
            if any(abort.is_set() for abort in aborts):
                raise graph.AbortedError
            raise errors.RequestTimeoutError(f"no end within {limit.total_seconds():g} s")
        return running.result()
    finally:
        timer.cancel()
        if not running.done():
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
