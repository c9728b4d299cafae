"""Who is let in when more ask than can be taken: a line, in which nobody is passed over.

A token bucket alone is a lottery: whoever asks just when there is a token has it, and who asked first may
ask for ever. Here whoever is put off has a place in a line and is told when its turn comes, so that those
who wait come back spread out, at the rate at which they are let in. Pure; the caller has the clock and the
random factor.
"""

import bisect
import collections
import dataclasses
import datetime
from typing import NamedTuple

from meterstatus.domain import backoff

_NOTHING = datetime.timedelta()


class _Place(NamedTuple):
    """A place in the line."""

    number: int
    """Counted from the first place there ever was."""

    asked: datetime.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Pace:
    """How many are let in."""

    burst: int
    """At once, after a time in which nobody asked; 0 lets everybody in."""

    period: datetime.timedelta
    """In which one more is."""

    forget_after: datetime.timedelta
    """A place whose holder has not asked for so long is given up: it would keep others out for nothing."""


class Admission:
    """Lets in ``burst`` at once and one more each ``period``, in the order in which they first asked.

    Holds one place for each who waits. A wall clock that is set back or forward costs nobody his place, but
    for one set forward by more than ``forget_after``.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._tokens = float(pace.burst)
        self._counted_at: datetime.datetime | None = None
        self._line: collections.OrderedDict[str, _Place] = collections.OrderedDict()
        """The one who asked longest ago first."""

        self._numbers: list[int] = []
        """Of the places in the line, ascending."""

        self._given = 0

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._line)

    def ask(
        self, name: str, now: datetime.datetime, *, patience: datetime.timedelta, jitter: float
    ) -> datetime.timedelta | None:
        """Let somebody in, with None, or return how long it is to wait before it asks again.

        Args:
            name: who asks; whoever asks again under the same name keeps its place.
            now: by the wall clock.
            patience: whoever would wait longer goes before the line. It takes a turn like everyone, so that
                the pace holds, and those in the line wait so much longer.
            jitter: uniform in [0, 1): spreads those who are told the longest wait because theirs is longer.
        """
        if self._pace.burst == 0:
            return None
        self._gain(now)
        self._forget(now)
        place = self._line.get(name)
        # Each who is ahead keeps a token, so whoever is first in the line gets the next one when it asks.
        ahead = len(self._line) if place is None else bisect.bisect_left(self._numbers, place.number)
        wait = (ahead + 1 - self._tokens) * self._pace.period
        if self._tokens >= 1 and (wait <= _NOTHING or wait > patience):
            self._tokens -= 1
            if place is not None:
                self._leave(name)
            return None
        if place is None:
            place = _Place(self._given, now)
            self._numbers.append(self._given)
            self._given += 1
        self._line[name] = place._replace(asked=now)
        self._line.move_to_end(name)
        if wait <= backoff.LONGEST_TOLD:
            return max(wait, self._pace.period)
        return backoff.LONGEST_TOLD * (1 + jitter) / 2

    def _gain(self, now: datetime.datetime) -> None:
        # A wall clock set back gains nothing and costs nothing: counting goes on from the new time.
        passed = _NOTHING if self._counted_at is None else now - self._counted_at
        self._counted_at = now
        if passed > _NOTHING:
            self._tokens = min(float(self._pace.burst), self._tokens + passed / self._pace.period)

    def _forget(self, now: datetime.datetime) -> None:
        while self._line:
            name, place = next(iter(self._line.items()))
            if now - place.asked <= self._pace.forget_after:
                return
            self._leave(name)

    def _leave(self, name: str) -> None:
        number = self._line.pop(name).number
        del self._numbers[bisect.bisect_left(self._numbers, number)]
