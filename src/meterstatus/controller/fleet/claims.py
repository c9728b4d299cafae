"""What agents say that they have heard and this controller does not have: its store was led back.

In memory: an agent says it again with its next connection for as long as it is so. Nothing is decided here by
what an agent says, which any unit's could invent; it is for the operator to see.
"""

import dataclasses
import logging
from collections.abc import Callable

from meterstatus.domain import epoch

NAMED = 5
"""Units that are named: where one lies, it is found; where all have heard it, any of them will do."""

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Missing:
    """What some units have heard that is not here."""

    units: int
    """How many."""

    newest: epoch.Place
    """The newest of it."""

    names: tuple[str, ...] = ()
    """Of some of them, those first that have heard the newest."""


class Claims:
    """The newest place that each unit has said to have heard, where it is not here."""

    def __init__(self) -> None:
        self._by_unit: dict[str, epoch.Place] = {}
        self._dismissed: set[str] = set()

    def receive(self, unit: str, said: epoch.Place, own: epoch.Place) -> bool:
        """Take note of what a unit's agent has heard, and tell whether it is here.

        Args:
            unit: the unit's name.
            said: what its agent has heard.
            own: where the store is.
        """
        if epoch.has(own, said):
            self.forget(unit)
            return True
        if unit in self._dismissed:
            return False
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
        """Forget what a unit said: it is gone, or has heard nothing that is not here."""
        self._by_unit.pop(unit, None)
        self._dismissed.discard(unit)

    def dismiss(self, unit: str) -> bool:
        """Believe a unit no more until it says what is here; tell whether it had said anything else."""
        self._dismissed.add(unit)
        return self._by_unit.pop(unit, None) is not None

    def epochs(self) -> list[int]:
        """Return every epoch that was heard of."""
        return [said.epoch for said in self._by_unit.values()]

    def behind(self, own: epoch.Place) -> Missing | None:
        """Return what is newer than here: nobody has said that it is to be given up."""
        return self._missing(lambda said: said > own and not epoch.has(own, said))

    def given_up(self, own: epoch.Place) -> Missing | None:
        """Return what was lost when this epoch began, and the units follow it all the same."""
        return self._missing(lambda said: said < own and not epoch.has(own, said))

    def _missing(self, counts: Callable[[epoch.Place], bool]) -> Missing | None:
        found = {unit: said for unit, said in self._by_unit.items() if counts(said)}
        if not found:
            return None
        first = sorted(found, key=lambda unit: found[unit], reverse=True)[:NAMED]
        return Missing(len(found), found[first[0]], tuple(first))
