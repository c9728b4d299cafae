"""A bounded queue that many parties share: each gets its turn, whatever the others ask for.

Pure. Whoever asks for much waits behind itself and not before others, and where there is no room it is the
party with most that waits which is refused.
"""

import collections
from typing import Generic, TypeVar

_T = TypeVar("_T")


class FairQueue(Generic[_T]):
    """Items by party: of one party in their order, of several in turns.

    Args:
        longest: the most that may wait.
        longest_each: the most that may wait of one party.
    """

    def __init__(self, longest: int, longest_each: int) -> None:
        self._longest = longest
        self._longest_each = longest_each
        self._waiting: collections.OrderedDict[str, collections.deque[_T]] = collections.OrderedDict()
        """By party, in the order of their turns; none is empty."""

        self._length = 0

    def __len__(self) -> int:
        """Return how many wait."""
        return self._length

    def put(self, party: str, item: _T) -> _T | None:
        """Add an item; return the one that is refused for it, which may be itself, or None."""
        own = self._waiting.get(party, ())
        if len(own) >= self._longest_each:
            return item
        refused = None
        if self._length >= self._longest:
            most = max(self._waiting.values(), key=len)
            if len(own) + 1 >= len(most):
                return item
            # At least two longer than its own, so it does not become empty.
            refused = most.pop()
            self._length -= 1
        self._waiting.setdefault(party, collections.deque()).append(item)
        self._length += 1
        return refused

    def take(self) -> _T | None:
        """Remove and return the next item; None where none waits."""
        if not self._waiting:
            return None
        party, waiting = self._waiting.popitem(last=False)
        item = waiting.popleft()
        self._length -= 1
        if waiting:
            self._waiting[party] = waiting
        return item

    def remove(self, party: str, item: _T) -> None:
        """Remove an item; nothing where it does not wait any more."""
        waiting = self._waiting.get(party)
        if waiting is None or item not in waiting:
            return
        waiting.remove(item)
        self._length -= 1
        if not waiting:
            del self._waiting[party]
