"""How long a controller keeps what it only keeps for people: the history, and what agents reported of hooks.

Pure. What a unit is told never depends on either: a change that a unit or a policy still stands on stays,
however old it is.
"""

import dataclasses
import datetime
from collections.abc import Iterable
from typing import NamedTuple

from meterstatus import errors
from meterstatus.domain.fleet import records

SETTLED = datetime.timedelta(hours=1)
"""How old a change is before it may go, whatever else is said: controllers on one database read each other's
changes by their revisions, and one that was held up must still find them."""

SHORTEST = datetime.timedelta(days=1)
"""The least that may be asked for: who looks for a reason does so the next morning."""

OWN_CHANGES = 20
"""Of each unit, what its agent changed (``fleet.Change.is_own``): the newest. They are counted apart, because
an agent that changes its password again and again would else push out what people did."""


@dataclasses.dataclass(frozen=True, slots=True)
class Retention:
    """What is kept.

    Raises:
        NotValidError: a span is shorter than ``SHORTEST``, or no change would be kept.
    """

    history: datetime.timedelta = datetime.timedelta(days=400)
    """A year, and a month to look back at it."""

    most_changes: int = 1_000_000
    """At about two hundred bytes each; what agents change of their own units is not in it."""

    reports: datetime.timedelta = datetime.timedelta(days=90)

    def __post_init__(self) -> None:
        """Check it."""
        for subject, span in (("history", self.history), ("reports", self.reports)):
            if span < SHORTEST:
                raise errors.NotValidError(f"time to keep {subject}", "a day is the least")
        if self.most_changes < 1:
            raise errors.NotValidError(f"number of changes to keep, {self.most_changes}", "1 is the least")

    def edges(self, now: datetime.datetime, newest: int, surplus: int) -> "Edges":
        """Return what the rule comes to at a moment.

        Args:
            now: the moment.
            newest: the newest revision there is.
            surplus: the highest that has ``most_changes`` above it which are not own; 0 where none has.
        """
        return Edges(
            changes_before=now - max(self.history, SETTLED),
            changes_up_to=surplus,
            settled_before=now - SETTLED,
            newest=newest,
            reports_before=now - self.reports,
        )


class Edges(NamedTuple):
    """What goes: all that is beyond any edge, and settled. The newest change never does."""

    changes_before: datetime.datetime
    changes_up_to: int
    """The highest revision that is one too many."""

    settled_before: datetime.datetime
    newest: int
    reports_before: datetime.datetime

    def drops_change(self, revision: int, at: datetime.datetime) -> bool:
        """Tell whether a change that nothing stands on, and is no unit's own, may go."""
        return self._drops(revision, at, is_surplus=revision <= self.changes_up_to)

    def drops_own_change(self, revision: int, at: datetime.datetime, newer: int) -> bool:
        """Tell whether an own change of a unit may go that has so many newer ones above it."""
        return self._drops(revision, at, is_surplus=newer >= OWN_CHANGES)

    def _drops(self, revision: int, at: datetime.datetime, *, is_surplus: bool) -> bool:
        is_beyond = at < self.changes_before or is_surplus
        return is_beyond and at < self.settled_before and revision < self.newest

    def drops_report(self, received: datetime.datetime) -> bool:
        """Tell whether a report may go."""
        return received < self.reports_before


def has_many_own(newest: Iterable[records.Change], now: datetime.datetime) -> bool:
    """Tell whether a unit's agent has changed so much of late that no more is taken: none of it may go yet.

    Args:
        newest: the unit's changes.
        now: what time it is.
    """
    return sum(change.is_own and change.author.at > now - SETTLED for change in newest) >= OWN_CHANGES


class Pruned(NamedTuple):
    """How many were removed."""

    changes: int = 0
    reports: int = 0

    def __bool__(self) -> bool:
        """Tell whether any was."""
        return bool(self.changes or self.reports)
