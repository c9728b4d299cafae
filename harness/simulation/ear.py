"""Takes note of what one unit's agent hears, and passes on what a controller says to be judged."""

from collections.abc import Callable

from harness.invariants import memory as memories
from harness.invariants import model
from harness.simulation import charm, story, wiretap
from meterstatus.domain import policy, status

Overheard = Callable[[str, status.MeterStatus], None]
Announced = Callable[[str, float], None]


class Ear:
    """``wiretap.Ear`` of one unit."""

    def __init__(
        self,
        of: model.UnitModel,
        its: charm.Charm,
        overheard: Overheard,
        announced: Announced,
        hears: Callable[[model.UnitModel], None],
    ) -> None:
        self._model, self._charm, self._overheard, self._announced = of, its, overheard, announced
        self._hears = hears
        self._asks_first = False

    def overhear(self, word: status.MeterStatus) -> None:
        """Have what a controller says judged."""
        self._overheard(self._model.unit, word)

    def hear_status(self, word: status.MeterStatus, how: wiretap.How, *, is_late: bool) -> None:
        """Take note of a status; one that comes with an event while a hook runs may never be acted on."""
        if how is not wiretap.How.LOGIN:  # which says nothing of places
            self._hears(self._model)
        is_acted_on = not is_late and (how is wiretap.How.ANSWER or not self._charm.is_busy)
        if how is wiretap.How.EVENT and self._model.maintenance_until > float("-inf"):
            # It asks first what is left of the maintenance, and may get no answer.
            is_acted_on, self._asks_first = False, True
        elif how is wiretap.How.ANSWER:
            self._asks_first = False
        self._model.hear(word, story.now(), is_contact=how is not wiretap.How.LOGIN, is_sure=is_acted_on)

    def hear_policy(self, word: policy.Policy | None) -> None:
        """Take note of a policy; one of an old copy that knows less than the unit is not followed."""
        if not self._model.knows_more:
            self._model.rules = memories.rules_of(word)

    def expect_maintenance(self) -> None:
        """Take note that how much of it is left is asked first."""
        self._model.maintenance_until = max(self._model.maintenance_until, story.now())

    def hear_maintenance(self, until: float) -> None:
        """Take note of announced maintenance, and of a contact where an event was kept until it is known."""
        self._model.maintenance_until = until
        if self._asks_first:
            self._asks_first = False
            self._model.count_from(story.now(), is_sure=False)

    def overhear_maintenance(self, seconds: float) -> None:
        """Have what a controller says is left of it judged."""
        self._announced(self._model.unit, seconds)
