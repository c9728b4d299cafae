"""What agents say that they have heard and this controller does not have: its store was led back.

In memory: an agent says it again with its next connection for as long as it is so. Nothing is decided here by
what an agent says, which any unit's could invent; it is for the operator to see.
"""

import dataclasses
import logging
from collections.abc import Iterable

from meterstatus.domain import epoch

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Missing:
    """What some units have heard that is not here."""

    units: int
    """How many."""

    newest: epoch.Place
    """The newest of it."""


class Hearsay:
    """The newest place that each unit has said to have heard, where it is not here."""

    def __init__(self) -> None:
        self._by_unit: dict[str, epoch.Place] = {}

    def hear(self, unit: str, said: epoch.Place, own: epoch.Place) -> bool:
        """Take note of what a unit's agent has heard, and tell whether it is here.

        Args:
            unit: the unit's name.
            said: what its agent has heard.
            own: where the store is.
        """
        if epoch.has(own, said):
            self.forget(unit)
            return True
        if unit not in self._by_unit:
            _logger.warning(
                "%s has heard %s, which is not here: this is %s",
                unit,
                epoch.in_words(said),
                epoch.in_words(own),
            )
        self._by_unit[unit] = said
        return False

    def forget(self, unit: str) -> None:
        """Forget what a unit said: it is gone."""
        self._by_unit.pop(unit, None)

    def epochs(self) -> list[int]:
        """Return every epoch that was heard of."""
        return [said.epoch for said in self._by_unit.values()]

    def behind(self, own: epoch.Place) -> Missing | None:
        """Return what is newer than here: nobody has said that it is to be given up."""
        return _missing(said for said in self._by_unit.values() if said > own and not epoch.has(own, said))

    def given_up(self, own: epoch.Place) -> Missing | None:
        """Return what was lost when this epoch began, and the units follow it all the same."""
        return _missing(said for said in self._by_unit.values() if said < own and not epoch.has(own, said))


def _missing(places: Iterable[epoch.Place]) -> Missing | None:
    found = list(places)
    return Missing(len(found), max(found)) if found else None
