"""Every policy that is set, in memory: which one rules a unit, and whom a change concerns.

The rule itself is ``domain.fleet.effective_policy``'s. Changes only by what the repository tells, as all of
``service``.
"""

from collections.abc import Iterable

from meterstatus.domain import names, policy
from meterstatus.domain.fleet import effective_policy


class Policies:
    """The policies of one model.

    Args:
        model_uuid: the model's.
        loaded: those that are set.
    """

    def __init__(self, model_uuid: str, loaded: Iterable[effective_policy.Ruling] = ()) -> None:
        self._model_uuid = model_uuid
        self._by_scope = {held.scope: held for held in loaded}

    def apply(self, change: effective_policy.PolicyChange, revision: int, units: Iterable[str]) -> list[str]:
        """Take over a change, and return those of the units that it concerns."""
        scope = change.scope
        if change.new is None:
            self._by_scope.pop(scope, None)
        else:
            self._by_scope[scope] = effective_policy.Ruling(scope, change.new, revision)
        candidates = (scope.name,) if scope.kind is names.Kind.UNIT else units
        return effective_policy.touched(scope, self._by_scope, candidates, self._model_uuid)

    def forget(self, unit: str) -> None:
        """Take away the policy of a unit that is gone."""
        self._by_scope.pop(effective_policy.unit_scope(unit), None)

    def of(self, unit: str) -> effective_policy.Ruling | None:
        """Return the policy that rules a unit, there or not; None where the agent's own options do."""
        if not self._by_scope:
            return None
        return effective_policy.find(self._by_scope, unit, self._model_uuid)

    def policy(self, scope: names.Tag) -> policy.Policy | None:
        """Return the policy that is set for just this unit, application or model; None where none is."""
        held = self._by_scope.get(scope)
        return None if held is None else held.policy

    def everything(self) -> list[effective_policy.Ruling]:
        """Return every policy: the model's, then applications', then units' as a person counts them."""
        return sorted(self._by_scope.values(), key=lambda held: _breadth(held.scope))


def _breadth(scope: names.Tag) -> tuple[int, str, int]:
    if scope.kind is names.Kind.UNIT:
        return 2, names.application_of(scope.name), names.unit_number(scope.name)
    return (1, scope.name, 0) if scope.kind is names.Kind.APPLICATION else (0, "", 0)
