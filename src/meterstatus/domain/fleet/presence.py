"""Which controllers run, whose agents they have, and what is known of the last contact with the others.

Pure values, and the rule by which a controller that is silent counts as gone. A controller that is killed
says nothing, so what it wrote is believed for as long as its heartbeat goes on and no longer.
"""

import dataclasses
import datetime
from collections.abc import Iterable

from meterstatus.domain.hook import trouble as troubles

HEARTBEAT = datetime.timedelta(seconds=10)
"""How often a controller says that it is there."""

MISSED = 3
"""Heartbeats without which a controller counts as gone: one may be late, and another lost."""


@dataclasses.dataclass(frozen=True, slots=True)
class ControllerProcess:
    """A controller process; one that is started again is another one, with another name."""

    name: str
    addresses: tuple[str, ...]
    """Where it is reached, ``host:port``."""

    started_at: datetime.datetime
    """Its first heartbeat, aware UTC."""

    seen_at: datetime.datetime
    """Its latest heartbeat, by the store's clock where that has one."""

    ahead: datetime.timedelta | None = None
    """How far its machine's clock is ahead of the store's; None where that has none."""


@dataclasses.dataclass(frozen=True, slots=True)
class Contact:
    """What is known of the contact between a unit's agent and the controllers."""

    unit: str
    controller: str
    """The name of the process that its agent is connected to; "" where it is to none."""

    since: datetime.datetime
    """Since when it is connected there, or to none; aware UTC."""

    last_contact: datetime.datetime
    """When a controller last answered it; while it is connected, when it logged in."""

    is_exact: bool = True
    """False where the controller it was connected to died: contact was not lost before ``last_contact``."""

    trouble: troubles.Trouble | None = None
    """What keeps its hook from being told, as its agent says while it is connected; None where nothing does,
    or its agent does not say."""


class Watch:
    """One controller's watch over the heartbeats of the others, at which it looks with each of its own.

    Counts its own looks. To compare what others wrote with a clock of its own is shorter, and takes out a
    controller again and again whose wall clock is half a minute behind.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[datetime.datetime, int]] = {}

    def look(self, found: Iterable[ControllerProcess]) -> list[ControllerProcess]:
        """Take in which controllers there are; return those that missed too many heartbeats.

        One that was never seen before is given as long as any.
        """
        before, self._seen = self._seen, {}
        gone: list[ControllerProcess] = []
        for process in found:
            seen_at, missed = before.get(process.name, (None, 0))
            missed = missed + 1 if seen_at == process.seen_at else 0
            self._seen[process.name] = process.seen_at, missed
            if missed >= MISSED:
                gone.append(process)
        return gone


def after_death(contact: Contact, seen_at: datetime.datetime) -> Contact:
    """Return what is known of a unit that was connected to a process when that was last seen."""
    # Seen before the unit came to it, it was there at least then.
    last = max(contact.last_contact, seen_at)
    return dataclasses.replace(
        contact, controller="", since=last, last_contact=last, is_exact=False, trouble=None
    )
