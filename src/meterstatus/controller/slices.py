"""Long work of one request in slices, so that everybody else is served between two of them.

No request may keep the loop for more than 20 ms. What is worked on is a list that was made
before; whatever changes meanwhile is in it or not, and is told to whoever watches.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

SIZE = 100
"""Items in one slice, each of some tens of microseconds."""

_T = TypeVar("_T")
_R = TypeVar("_R")


async def each(function: Callable[[_T], _R], items: Sequence[_T]) -> tuple[_R, ...]:
    """Return what a function makes of each item, in their order."""
    made: list[_R] = []
    for begin in range(0, len(items), SIZE):
        if begin:
            await asyncio.sleep(0)
        made += map(function, items[begin : begin + SIZE])
    return tuple(made)


async def together(function: Callable[[_T], Awaitable[_R]], items: Sequence[_T]) -> tuple[_R, ...]:
    """Return what a coroutine makes of each item, in their order; those of one slice run together.

    So they share commits, and still happen in their order.
    """
    made: list[_R] = []
    for begin in range(0, len(items), SIZE):
        made += await asyncio.gather(*map(function, items[begin : begin + SIZE]))
    return tuple(made)
