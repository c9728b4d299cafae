"""What unfinished messages may take of memory, over all connections together.

Whoever began longest ago goes first where there is no room: a message of honest length is there at once, and
one that is never ended is what an attack is made of.
"""

from typing import Protocol


class Holder(Protocol):
    """A connection with an unfinished message."""

    def crowd_out(self) -> None:
        """End it at once, with all that it holds."""
        ...


class Room:
    """So many bytes, for the unfinished messages of one kind of connection.

    Args:
        max_bytes: how many.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held: dict[Holder, int] = {}
        """By holder, whose message began longest ago first."""

        self.taken_bytes = 0

    def hold(self, holder: Holder, size: int) -> None:
        """Say how much a holder has now; 0 once its message is complete or it has ended.

        Ends those who began longest ago, which may be this one, while there is too much.
        """
        former = self._held.get(holder, 0)
        if size == former:
            return
        self.taken_bytes += size - former
        if size:
            self._held[holder] = size
        else:
            del self._held[holder]
        while self.taken_bytes > self._max_bytes:
            oldest = next(iter(self._held))
            self.taken_bytes -= self._held.pop(oldest)
            oldest.crowd_out()
