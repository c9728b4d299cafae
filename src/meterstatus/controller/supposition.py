"""What setting or undoing the statuses of many units would do, reckoned from the fleet in memory."""

import collections
import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from meterstatus import errors
from meterstatus.controller import levels
from meterstatus.domain import fleet, names, status

_RED = status.StatusCode.RED


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What a change does, or would."""

    revision: int
    """Of the fleet that it was reckoned from."""

    units: int
    """How many there are."""

    told: collections.Counter[tuple[str, str]]
    """How many units are told something else, by what each was told before and is after."""

    @property
    def newly_red(self) -> int:
        """How many units become RED."""
        return sum(count for (old, new), count in self.told.items() if new == _RED and old != _RED)


def newly_red(units: Iterable[fleet.Unit], wanted: status.MeterStatus) -> int:
    """Count the units that would become RED if this were set for each of them."""
    return sum(
        unit.effective.code != _RED and dataclasses.replace(unit, status=wanted).effective.code == _RED
        for unit in units
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to have set."""

    targets: Sequence[names.Tag]
    """Units and applications whose units are meant; or, of a level, one application or the model."""

    is_level: bool
    """Whether the application or model itself is meant, with the units that are added later."""

    status: status.MeterStatus | None
    """None takes a level's status away."""


class View:
    """The fleet in memory, as a change is reckoned from it."""

    def __init__(self, units: Mapping[str, fleet.Unit], above: levels.Levels, revision: int) -> None:
        self._units = units
        self._levels = above
        self._revision = revision

    def chosen(self, wish: Wish) -> list[fleet.Unit]:
        """Return the units that a wish is about.

        Raises:
            NotFoundError: a target is not there.
        """
        found: dict[str, fleet.Unit] = {}
        for tag in wish.targets:
            if tag.kind is names.Kind.MODEL:
                return list(self._units.values())
            unit = self._units.get(tag.name) if tag.kind is names.Kind.UNIT else None
            of = [unit] if unit else [each for each in self._units.values() if each.application == tag.name]
            if not of and not (wish.is_level and self._levels.get(tag) is not None):
                raise errors.NotFoundError(f'{tag.kind.value} "{tag.name}"')
            found.update((each.name, each) for each in of)
        return list(found.values())

    def after(self, wish: Wish) -> Outcome:
        """Reckon what a wish would do. Raises as ``chosen``."""
        chosen = self.chosen(wish)
        if wish.is_level:
            scope = wish.targets[0]
            above = self._levels.supposing(scope, wish.status)
            return self._outcome((unit, above.under(unit)) for unit in chosen)
        assert wish.status is not None, "only a level's can be taken away"
        wanted = wish.status
        return self._outcome((unit, dataclasses.replace(unit, status=wanted)) for unit in chosen)

    def undone(self, batch: Iterable[fleet.Change]) -> Outcome:
        """Reckon what undoing changes would do."""
        above, units = self._levels, dict(self._units)
        for change in batch:
            unit = units.get(change.unit)
            if unit is not None and change.kind is fleet.ChangeKind.SET and change.old is not None:
                units[change.unit] = dataclasses.replace(unit, status=change.old)
            elif change.level is not None:
                above = above.supposing(change.level, change.old)
        return self._outcome((self._units[name], above.under(unit)) for name, unit in units.items())

    def _outcome(self, pairs: Iterable[tuple[fleet.Unit, fleet.Unit]]) -> Outcome:
        told = collections.Counter(
            (before.effective.code, after.effective.code)
            for before, after in pairs
            if before.effective != after.effective
        )
        return Outcome(self._revision, len(self._units), told)
