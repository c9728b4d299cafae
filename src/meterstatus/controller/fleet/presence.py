"""Whose agents are connected, since when they are or are not, and when those were last in contact.

In memory, and asked by every status. What is learned here is marked as changed, and ``presence_store`` writes
it; what other controllers and former processes learned, it puts in here.
"""

import collections
import dataclasses
import datetime
from collections.abc import Iterable, Sequence

from meterstatus.domain.fleet import presence
from meterstatus.domain.hook import trouble as troubles
from meterstatus.ports import time


class Presence:
    """What is known of the contact with every unit.

    Args:
        clock: says since when.
        controller: the name of this process.

    Attributes:
        controller: the name of this process.
        began: when it began to look.
        connected: how many agents of each unit are connected to this process; a unit without any is absent.
    """

    def __init__(self, clock: time.Clock, controller: str = "controller") -> None:
        self._clock = clock
        self.began = clock.now()
        self._added: dict[str, datetime.datetime] = {}
        self._known: dict[str, presence.Contact] = {}
        self._answered: dict[str, datetime.datetime] = {}
        # A dict for its order: what changed first is written first.
        self._changed: dict[str, None] = {}
        self.controller = controller
        self.connected: collections.Counter[str] = collections.Counter()

    def added(self, unit: str) -> None:
        """Take note of a new unit, which nobody is connected for."""
        self._added[unit] = self._clock.now()

    def removed(self, unit: str) -> None:
        """Forget what is known; an agent of it that is still connected counts until it leaves."""
        for forgetful in (self._added, self._known, self._changed):
            forgetful.pop(unit, None)

    def arrived(self, unit: str) -> bool:
        """Count an agent that logged in; tell whether it is the only one of its unit."""
        self.connected[unit] += 1
        now = self._answered[unit] = self._clock.now()
        if self.connected[unit] > 1:
            # What the former connection said stays: an agent logs in beside it to look for addresses, and one
            # that was started anew says first whether anything troubles it (``domain.hook.outbox``).
            return False
        self._learn(presence.Contact(unit, self.controller, now, now))
        return True

    def answered(self, unit: str) -> None:
        """Take note that an agent of a unit, which is connected, was just answered."""
        self._answered[unit] = self._clock.now()

    def trouble(self, unit: str, now: troubles.Trouble | None) -> None:
        """Take note of what an agent that is connected here says of its unit's trouble; None is nothing."""
        held = self._known.get(unit)
        if held is not None and unit in self.connected and held.trouble != now:
            self._learn(dataclasses.replace(held, trouble=now))

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
        now = self._clock.now()
        last = self._answered.pop(unit, now)
        if is_there:
            self._learn(presence.Contact(unit, "", now, last))
        else:
            self.removed(unit)
        return True

    def _learn(self, contact: presence.Contact) -> None:
        self._known[contact.unit] = contact
        self._changed[contact.unit] = None

    def is_connected(self, unit: str) -> bool:
        """Tell whether an agent of a unit is connected, to this process or to another one."""
        if unit in self.connected:
            return True
        held = self._known.get(unit)
        return held is not None and held.controller not in ("", self.controller)

    def since(self, unit: str) -> datetime.datetime:
        """Return since when a unit is connected or not: at the latest since this process began to look."""
        held = self._known.get(unit)
        return self._added.get(unit, self.began) if held is None else held.since

    def contact(self, unit: str) -> presence.Contact | None:
        """Return what is known of a unit; None where it was never in contact.

        Of one that is connected to this process, the last contact is the latest answer to it.
        """
        held = self._known.get(unit)
        if held is None or unit not in self.connected:
            return held
        last = self._answered[unit]
        return presence.Contact(unit, self.controller, held.since, last, trouble=held.trouble)

    def take(self, limit: int) -> list[presence.Contact]:
        """Take out what changed and is to be written, the oldest first and each unit once."""
        chosen = list(self._changed)[:limit]
        for unit in chosen:
            del self._changed[unit]
        return [self._known[unit] for unit in chosen]

    def give_back(self, contacts: Sequence[presence.Contact]) -> None:
        """Mark again what was taken and could not be written; a later change of a unit goes before it."""
        units = [contact.unit for contact in contacts if contact.unit in self._known]
        self._changed = dict.fromkeys(units) | self._changed

    def write_again(self) -> None:
        """Mark every unit that is connected to this process: others took it for gone, and those for lost."""
        self._changed |= dict.fromkeys(unit for unit in self.connected if unit in self._known)

    def learn_from_others(self, contacts: Iterable[presence.Contact], running: Iterable[str]) -> None:
        """Take in what is stored, but for what this process knows better.

        Args:
            contacts: what is stored of units of the fleet.
            running: the names of the controllers that are believed.
        """
        believed = {*running, ""} - {self.controller}
        for contact in contacts:
            is_ours = contact.unit in self.connected or contact.unit in self._changed
            held = self._known.get(contact.unit)
            # Read before our own last word was written, it may be older than what is held.
            is_older = held is not None and not contact.controller and contact.since < held.since
            if not is_ours and not is_older and contact.controller in believed:
                self._known[contact.unit] = contact
            elif held is not None and contact.unit in self.connected and not contact.controller:
                # By the clock of one that had it before, and is ahead of this one, it left there later.
                self._learn(dataclasses.replace(held, since=max(held.since, contact.since)))
