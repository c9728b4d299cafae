"""Long reckoning in steps, so that whoever runs it can let others have their turn between two of them.

A reckoning is a generator that yields where it may be interrupted, and returns what it reckoned. It reads
nothing that changes meanwhile.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TypeVar

SIZE = 100
"""Items in one step, each of some tens of microseconds."""

_T = TypeVar("_T")
_R = TypeVar("_R")

Steps = Generator[None, None, _T]


def lots(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Return items in lots of the size of one step, in their order."""
    return (items[begin : begin + SIZE] for begin in range(0, len(items), SIZE))


def over(function: Callable[[_T], _R], items: Sequence[_T]) -> Steps[list[_R]]:
    """Return in steps what a function makes of each item, in their order; one lot of them is one step."""
    made: list[_R] = []
    for lot in lots(items):
        if made:
            yield
        made += map(function, lot)
    return made


def at_once(steps: Steps[_T]) -> _T:
    """Return what steps come to, where nobody else waits for a turn. Raises what they raise."""
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            return ended.value
