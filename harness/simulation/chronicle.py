"""Follows the controllers' database as nobody in the simulation can: what units have, and what ends there.

It hears of a change at the very moment of it, whoever made it. Where the database is replaced by an older
one, what is read anew was judged before.
"""

import dataclasses
from collections.abc import Callable, Collection, Sequence

from harness import repository
from harness.simulation import ledger, services, story
from meterstatus.adapters.sql import following
from meterstatus.domain import maintenance as maintenances
from meterstatus.domain import names, status
from meterstatus.domain.fleet import records
from meterstatus.testing import virtual_time

_RANKS = {"GREEN": 1, "AMBER": 2, "RED": 3}
"""Of what operators set, as the reference manual has it and not as the product computes it."""


class Chronicle:
    """All changes of what is set, in order.

    Args:
        log: told what ends, and of what is violated.
        well_since: since when each controller runs and reaches its database.
        held: what is stored at the beginning.

    Attributes:
        said: what each unit has, by unit; whether that was acknowledged or not.
        changed_at: when that was last changed.
    """

    def __init__(
        self, log: story.Story, well_since: Callable[[], list[float]], held: repository.MemoryDatabase
    ) -> None:
        self._log, self._well_since, self._held = log, well_since, held
        self._ledger = ledger.Ledger()
        self._led_back_at = 0.0
        self.said: dict[str, status.MeterStatus] = {}
        self.changed_at: dict[str, float] = {}
        self._replaced_at: dict[tuple[str, status.MeterStatus], float] = {}
        self._maintenance: maintenances.Maintenance | None = None
        self._announced_at = float("-inf")
        self.follow(held)

    def follow(self, held: repository.MemoryDatabase) -> None:
        """Follow a database, from its end."""
        self._held, tail = held, following.Tail()
        held.begin(tail, lambda within: tail.begin(within, self._updated))

    def begin_anew(self, held: repository.MemoryDatabase) -> None:
        """Follow another database, which is older."""
        self._ledger, self._led_back_at = ledger.Ledger(), story.now()
        for change in reversed(held.history()):
            if line := _line(change):
                self._ledger.read(line)  # judged before
        self.follow(held)
        self._note_all()

    def _updated(self, updates: Sequence[records.Update]) -> None:
        for line in filter(None, (_line(update.change) for update in updates)):
            if line.ended:
                line = dataclasses.replace(line, at=story.now())  # whatever clock it was ended by
            was = self._ledger.stands.get(line.scope, ledger.Stand()).passing
            self._log.judge("what is set", self._ledger.read(line))
            if line.ended and was is not None:
                self._log.say(f"{line.scope}: the time of {was.status} is over")
                self._judge_time(line.scope, was, line.at)
        self._note_all()

    def look(self) -> None:
        """Judge what has not ended by now."""
        for scope, passing in self._ledger.passing():
            self._judge_time(scope, passing, story.now())

    def stays(self, scopes: Collection[str], revision: int) -> None:
        """Judge that nothing is set for a time that stood at a revision, of what was set to stay since."""
        passing = dict(self._ledger.passing())
        for scope in scopes:
            self._log.judge("what stays", services.stays(scope, passing.get(scope), revision))

    def _judge_time(self, scope: str, passing: ledger.Passing, at: float) -> None:
        able_since = max(self._led_back_at, min(self._well_since()))
        self._log.judge("ends in time", services.ends_in_time(scope, passing, at, able_since))

    def _note_all(self) -> None:
        """Take note of what is stored, whether it was acknowledged or not."""
        for unit in self._held.units:
            self._note(unit, self._stored(unit))
        announced = self._held.everything().maintenance
        if announced != self._maintenance:
            self._maintenance, self._announced_at = announced, story.now()

    def _stored(self, unit: str) -> status.MeterStatus:
        """Return the worst of what is set for a unit, its application and the model; of equals the first."""
        held = self._held
        above = (
            names.Tag(names.Kind.APPLICATION, unit.partition("/")[0]),
            names.Tag(names.Kind.MODEL, repository.IDENTITY.model_uuid),
        )
        wider = [held.levels[scope].status for scope in above if scope in held.levels]
        return max([held.units[unit].status, *wider], key=lambda word: _RANKS[word.code])

    def maintenance(self) -> tuple[float, float]:
        """Return how many seconds of announced maintenance are left, and for how long that was announced."""
        announced = self._held.everything().maintenance
        until = story.now() if announced is None else (announced.until - virtual_time.START).total_seconds()
        return max(0.0, until - story.now()), story.now() - self._announced_at

    def _note(self, unit: str, now_says: status.MeterStatus) -> None:
        before = self.said.get(unit)
        if before != now_says:
            self.said[unit], self.changed_at[unit] = now_says, story.now()
            if before is not None:
                self._replaced_at[unit, before] = story.now()
            self._replaced_at.pop((unit, now_says), None)

    def replaced_for(self, unit: str, word: status.MeterStatus) -> float:
        """Return for how many seconds a status of a unit has been replaced by another; 0 where it holds."""
        if self._stored(unit) == word:
            return 0.0  # set again, which whoever set it has not heard yet
        return story.now() - self._replaced_at.get((unit, word), story.now())

    def unchanged_for(self, unit: str) -> float:
        """Return for how many seconds a unit has had what it has."""
        return story.now() - self.changed_at[unit]


def _line(change: records.Change) -> ledger.Line | None:
    """Return what concerns what is set; None where nothing does."""
    if change.kind not in (records.ChangeKind.ADD, records.ChangeKind.SET, records.ChangeKind.LEVEL):
        return None
    return ledger.Line(
        revision=change.revision,
        scope=change.unit or str(change.level),
        status=change.new,
        at=(change.author.at - virtual_time.START).total_seconds(),
        why=change.author.why,
        batch=change.batch,
        ended=change.ended,
    )
