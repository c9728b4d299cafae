"""Follows the controllers' database as nobody in the simulation can, and has judged what ends there.

It hears of a change at the very moment of it, whoever made it. Where the database is replaced by an older
one, what is read anew was judged before.
"""

import dataclasses
from collections.abc import Callable, Collection, Sequence

from meterstatus.domain import fleet
from meterstatus.testing import repository, virtual_time
from meterstatus.testing.simulation import invariants, ledger, story


class Chronicle:
    """All changes of what is set, in order.

    Args:
        log: told what ends, and of what is violated.
        well_since: since when each controller runs and reaches its database.
        on_change: called after every change.
    """

    def __init__(
        self, log: story.Story, well_since: Callable[[], list[float]], on_change: Callable[[], None]
    ) -> None:
        self._log, self._well_since, self._on_change = log, well_since, on_change
        self._ledger = ledger.Ledger()
        self._led_back_at = 0.0

    def follow(self, held: repository.MemoryDatabase) -> None:
        """Follow a database, from its end."""
        held.followers[repository.MemoryRepository(held)] = self._updated

    def begin_anew(self, held: repository.MemoryDatabase) -> None:
        """Follow another database, which is older."""
        self._ledger, self._led_back_at = ledger.Ledger(), story.now()
        for line in filter(None, map(_line, held.changes)):
            self._ledger.read(line)  # judged before
        self.follow(held)

    def _updated(self, updates: Sequence[fleet.Update]) -> None:
        for line in filter(None, (_line(update.change) for update in updates)):
            if line.ended:
                line = dataclasses.replace(line, at=story.now())  # whatever clock it was ended by
            was = self._ledger.stands.get(line.scope, ledger.Stand()).passing
            self._check("12 what ends", self._ledger.read(line))
            if line.ended and was is not None:
                self._log.say(f"{line.scope}: the time of {was.status} is over")
                self._judge_time(line.scope, was, line.at)
        self._on_change()

    def look(self) -> None:
        """Judge what has not ended by now."""
        for scope, passing in self._ledger.passing():
            self._judge_time(scope, passing, story.now())

    def stays(self, scopes: Collection[str], revision: int) -> None:
        """Judge that nothing is set for a time that stood at a revision, of what was set to stay since."""
        for scope, passing in self._ledger.passing():
            if scope in scopes and passing.set_by <= revision:
                self._check("12 what stays", f"{scope}: {passing.status} was set to stay, and is to end")

    def _judge_time(self, scope: str, passing: ledger.Passing, at: float) -> None:
        able_since = max(self._led_back_at, min(self._well_since()))
        self._check("12 in time", invariants.ends_in_time(scope, passing, at, able_since))

    def _check(self, invariant: str, wrong: str) -> None:
        if wrong:
            self._log.accuse(invariant, wrong)


def _line(change: fleet.Change) -> ledger.Line | None:
    """Return what concerns what is set; None where nothing does."""
    if change.kind not in (fleet.ChangeKind.ADD, fleet.ChangeKind.SET, fleet.ChangeKind.LEVEL):
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
