"""Every status that is set for an application or the model, in memory, and the units that stand under them.

The rule itself is ``domain.fleet.level``'s. Changes only by what the repository tells, as all of ``service``.
"""

import dataclasses
import datetime
from collections.abc import Iterable

from meterstatus.domain import names, status
from meterstatus.domain.fleet import level, records

_NEVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)


class Levels:
    """The levels of one model.

    Args:
        model_uuid: the model's.
        loaded: those that are set.
    """

    def __init__(self, model_uuid: str, loaded: Iterable[level.Level] = ()) -> None:
        self._model_uuid = model_uuid
        self._by_scope = {held.scope: held for held in loaded}

    def copy(self) -> "Levels":
        """Return what these are now."""
        return Levels(self._model_uuid, self._by_scope.values())

    def apply(self, change: records.Change) -> None:
        """Take over a change of a level."""
        assert change.level is not None, "it is of one"
        if change.new is None:
            self._by_scope.pop(change.level, None)
        else:
            made = level.Level(change.level, change.new, change.revision, change.author.at, change.limit)
            self._by_scope[change.level] = made

    def under(self, unit: records.Unit) -> records.Unit:
        """Return a unit as it stands under what is set above it."""
        above = level.wider(self._by_scope, unit.application, self._model_uuid)
        return unit if above == unit.wider else dataclasses.replace(unit, wider=above)

    def supposing(self, scope: names.Tag, wanted: status.MeterStatus | None) -> "Levels":
        """Return what would be if this were set, or taken away."""
        kept = [each for each in self._by_scope.values() if each.scope != scope]
        if wanted is not None:
            kept.append(level.Level(scope, wanted, 0, _NEVER))
        return Levels(self._model_uuid, kept)

    def since(self, unit: records.Unit) -> datetime.datetime:
        """Return when what is set for a unit, itself or above it, was last changed to what it is."""
        application = names.Tag(names.Kind.APPLICATION, unit.application)
        above = (self.get(application), self.get(names.Tag(names.Kind.MODEL, self._model_uuid)))
        return max([unit.since, *(held.since for held in above if held is not None)])

    def get(self, scope: names.Tag) -> level.Level | None:
        """Return what is set for an application or the model; None where nothing is."""
        return self._by_scope.get(scope)

    def everything(self) -> list[level.Level]:
        """Return every level: the model's, then applications' by name."""
        by_name = sorted(self._by_scope.values(), key=lambda held: held.scope.name)
        return sorted(by_name, key=lambda held: held.scope.kind is not names.Kind.MODEL)
