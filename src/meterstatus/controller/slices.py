"""Long work of one request in slices, so that everybody else is served between two of them.

No request may keep the loop for more than 20 ms. What is worked on is a list that was made
before; whatever changes meanwhile is in it or not, and is told to whoever watches.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from meterstatus.domain import slicing

SIZE = slicing.SIZE
"""Items in one slice, each of some tens of microseconds."""

_T = TypeVar("_T")
_R = TypeVar("_R")


async def in_turns(steps: slicing.Steps[_T]) -> _T:
    """Return what steps come to; between two of them others have their turn. Raises what they raise."""
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            return ended.value
        await asyncio.sleep(0)


async def each(function: Callable[[_T], _R], items: Sequence[_T]) -> tuple[_R, ...]:
    """Return what a function makes of each item, in their order."""
    return tuple(await in_turns(slicing.over(function, items)))


async def together(function: Callable[[_T], Awaitable[_R]], items: Sequence[_T]) -> tuple[_R, ...]:
    """Return what a coroutine makes of each item, in their order; those of one slice run together.

    So they share commits, and still happen in their order.
    """
    made: list[_R] = []
    for lot in slicing.lots(items):
        made += await asyncio.gather(*map(function, lot))
    return tuple(made)
