"""What setting or undoing the statuses of many units would do, reckoned from the fleet in memory.

Reckoned in steps: of ten thousand units it takes tens of milliseconds, in which others want to be served.
"""

import collections
import dataclasses
import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence

from meterstatus import errors
from meterstatus.controller.fleet import levels
from meterstatus.domain import names, slicing, status
from meterstatus.domain.fleet import records, time_limit

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

    until: datetime.datetime | None = None
    """When it ends."""

    then: collections.Counter[tuple[str, str]] = dataclasses.field(
        default_factory=collections.Counter[tuple[str, str]]
    )
    """How many units are told something else again at that end, where nothing is set meanwhile."""

    made: int = dataclasses.field(default=0, compare=False)
    """A revision of what was made, by which all of it can be undone; 0 for nothing, or if none is known."""

    @property
    def newly_red(self) -> int:
        """How many units become RED."""
        return sum(count for (old, new), count in self.told.items() if new == _RED and old != _RED)


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to have set."""

    targets: Sequence[names.Tag]
    """Units and applications whose units are meant; or, of a level, one application or the model."""

    is_level: bool
    """Whether the application or model itself is meant, with the units that are added later."""

    status: status.MeterStatus | None
    """None takes a level's status away."""

    span: datetime.timedelta | None = None
    """How long it is to hold; None leaves it until it is set again."""

    @property
    def is_of_one_unit(self) -> bool:
        """Whether it sets one unit, until that is set again."""
        is_one = len(self.targets) == 1 and self.targets[0].kind is names.Kind.UNIT
        return is_one and not self.is_level and self.span is None


def _is_application(tag: names.Tag) -> bool:
    return tag.kind is names.Kind.APPLICATION


class View:
    """The fleet in memory, as a change is reckoned from it."""

    def __init__(self, units: Mapping[str, records.Unit], above: levels.Levels, revision: int) -> None:
        self._units = units
        self._levels = above
        self._revision = revision

    def copy(self) -> "View":
        """Return the fleet as it is now: what memory takes in from here on does not show."""
        return View(dict(self._units), self._levels.copy(), self._revision)

    def moved_on(self, updates: Sequence[records.Update], revision: int) -> slicing.Steps["View"]:
        """Return the fleet after changes, up to a revision."""
        units, above = dict(self._units), self._levels.copy()
        touched: dict[str, None] = {}
        is_wide = False
        for lot in slicing.lots(updates):
            yield
            for update in lot:
                if update.change.level is not None:
                    above.apply(update.change)
                    is_wide = True
                elif update.unit is not None:
                    units[update.unit.name] = update.unit
                    touched[update.unit.name] = None
                elif update.change.unit:
                    units.pop(update.change.unit, None)
        concerned = list(units) if is_wide else [name for name in touched if name in units]
        stand = yield from slicing.over(lambda name: above.under(units[name]), concerned)
        units |= zip(concerned, stand, strict=True)
        return View(units, above, revision)

    def chosen(self, wish: Wish) -> slicing.Steps[list[records.Unit]]:
        """Return the units that a wish is about.

        Raises:
            NotFoundError: a target is not there.
        """
        found: dict[str, records.Unit] = {}
        by_application: dict[str, list[records.Unit]] = {}
        if any(tag.kind is names.Kind.APPLICATION for tag in wish.targets):
            # Once for all: a fleet may have as many applications as units.
            for units in slicing.lots(list(self._units.values())):
                yield
                for unit in units:
                    by_application.setdefault(unit.application, []).append(unit)
        for tags in slicing.lots(wish.targets):
            yield
            for tag in tags:
                if tag.kind is names.Kind.MODEL:
                    return list(self._units.values())
                of = by_application.get(tag.name, []) if _is_application(tag) else self._of(tag)
                if not of and not self._is_level_for_later(wish, tag):
                    raise errors.NotFoundError(f'{tag.kind.value} "{tag.name}"')
                found.update((each.name, each) for each in of)
        return list(found.values())

    def _is_level_for_later(self, wish: Wish, tag: names.Tag) -> bool:
        """Tell whether a level that needs no units now is set, or one that is there taken away."""
        return wish.is_level and (wish.status is not None or self._levels.get(tag) is not None)

    def _of(self, tag: names.Tag) -> list[records.Unit]:
        """Return the units of a unit's, an application's or the model's tag."""
        if tag.kind is names.Kind.MODEL:
            return list(self._units.values())
        if tag.kind is names.Kind.UNIT:
            unit = self._units.get(tag.name)
            return [] if unit is None else [unit]
        return [each for each in self._units.values() if each.application == tag.name]

    def after(self, wish: Wish, at: datetime.datetime) -> slicing.Steps[Outcome]:
        """Reckon what a wish would do at an instant, and what its end would. Raises as ``chosen``."""
        chosen = yield from self.chosen(wish)
        if wish.is_level:
            after = yield from self._under(wish, wish.status, chosen)
        else:
            wanted = wish.status
            assert wanted is not None, "only a level's can be taken away"
            after = yield from slicing.over(lambda unit: dataclasses.replace(unit, status=wanted), chosen)
        told = yield from _told(chosen, after)
        if wish.span is None:
            return Outcome(self._revision, len(self._units), told)
        ended = yield from self._ended(wish, chosen)
        then = yield from _told(after, ended)
        return Outcome(self._revision, len(self._units), told, at + wish.span, then)

    def _ended(self, wish: Wish, chosen: Sequence[records.Unit]) -> slicing.Steps[list[records.Unit]]:
        """Return units as they are once a wish with an end is over."""
        if not wish.is_level:
            return (yield from slicing.over(lambda unit: unit.ended, chosen))
        held = self._levels.get(wish.targets[0])
        above = held and time_limit.beneath(held.status, held.limit)
        return (yield from self._under(wish, above, chosen))

    def _under(
        self, wish: Wish, above: status.MeterStatus | None, chosen: Sequence[records.Unit]
    ) -> slicing.Steps[list[records.Unit]]:
        """Return units as they are where a status, or none, is set for the level of a wish."""
        return (yield from slicing.over(self._levels.supposing(wish.targets[0], above).under, chosen))

    def concerned(self, batch: Iterable[records.Change]) -> list[records.Unit]:
        """Return the units that changes are about: those of a level too, and none that is gone."""
        of: set[str] = set()
        for change in batch:
            of |= {change.unit} if change.level is None else {each.name for each in self._of(change.level)}
        return [unit for unit in self._units.values() if unit.name in of]

    def undone(self, batch: Sequence[records.Change], at: datetime.datetime) -> slicing.Steps[Outcome]:
        """Reckon what undoing changes at an instant would do."""
        above, units = self._levels, dict(self._units)
        for changes in slicing.lots(batch):
            yield
            for change in changes:
                unit = units.get(change.unit)
                back, _ = time_limit.put_back(change.old, change.old_limit, at)
                if unit is not None and change.kind is records.ChangeKind.SET and back is not None:
                    units[change.unit] = dataclasses.replace(unit, status=back)
                elif change.level is not None:
                    above = above.supposing(change.level, back)
        after = yield from slicing.over(above.under, list(units.values()))
        told = yield from _told(self._units.values(), after)
        return Outcome(self._revision, len(self._units), told)


def _told(
    before: Collection[records.Unit], after: Collection[records.Unit]
) -> slicing.Steps[collections.Counter[tuple[str, str]]]:
    """Count the units that are told something else, by what each was told before and is after."""
    told: collections.Counter[tuple[str, str]] = collections.Counter()
    for pairs in slicing.lots(list(zip(before, after, strict=True))):
        yield
        told.update(
            (old.effective.code, new.effective.code) for old, new in pairs if old.effective != new.effective
        )
    return told
