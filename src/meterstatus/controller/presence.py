"""Whose agents are connected, and since when they are or are not, as far as this process knows."""

import collections
import datetime

from meterstatus.ports import time


class Presence:
    """The connected agents of every unit. Nothing of it outlives the process: connections do not either.

    Args:
        clock: says since when.

    Attributes:
        connected: how many agents of each unit are connected; a unit without any is absent.
    """

    def __init__(self, clock: time.Clock) -> None:
        self._clock = clock
        self._began = clock.now()
        self._since: dict[str, datetime.datetime] = {}
        self.connected: collections.Counter[str] = collections.Counter()

    def added(self, unit: str) -> None:
        """Take note of a new unit, which nobody is connected for."""
        self._since[unit] = self._clock.now()

    def removed(self, unit: str) -> None:
        """Forget since when; an agent of it that is still connected counts until it leaves."""
        self._since.pop(unit, None)

    def arrived(self, unit: str) -> bool:
        """Count an agent that logged in; tell whether it is the only one of its unit."""
        self.connected[unit] += 1
        if self.connected[unit] > 1:
            return False
        self._since[unit] = self._clock.now()
        return True

    def left(self, unit: str, *, is_there: bool) -> bool:
        """Count an agent out; tell whether it was the last one of its unit.

        Args:
            unit: its unit.
            is_there: whether that unit is still one of the fleet.
        """
        self.connected[unit] -= 1
        if self.connected[unit]:
            return False
        del self.connected[unit]
        if is_there:
            self._since[unit] = self._clock.now()
        else:
            self._since.pop(unit, None)
        return True

    def since(self, unit: str) -> datetime.datetime:
        """Return since when a unit is connected or not: at the latest since this process began to look."""
        return self._since.get(unit, self._began)
