"""Which policy rules a unit: set for the unit, its application or the model, and the narrowest of them rules.

Pure. A policy is whole: a unit's own takes nothing from its application's, so that what rules a unit stands
in one place and a change elsewhere cannot mix with it. Where none is set, the agent's own options rule. A
unit's policy goes with the unit; an application's and the model's stay, and rule units that are added later.
"""

import dataclasses
from collections.abc import Iterable, Mapping

from meterstatus.domain import names
from meterstatus.domain import policy as policies


@dataclasses.dataclass(frozen=True, slots=True)
class Ruling:
    """A policy, and where it is set."""

    scope: names.Tag
    """A unit, an application or the model."""

    policy: policies.Policy
    revision: int
    """Of the change that set it."""


@dataclasses.dataclass(frozen=True, slots=True)
class PolicyChange:
    """What a change did to the policy of a scope."""

    scope: names.Tag
    old: policies.Policy | None
    """None where none was set."""

    new: policies.Policy | None
    """None where none is set any more."""

    @property
    def unit(self) -> str:
        """The unit whose policy it is, alone; "" for an application's and the model's."""
        return self.scope.name if self.scope.kind is names.Kind.UNIT else ""

    @property
    def application(self) -> str:
        """The application that it is of; "" for the model's."""
        if self.scope.kind is names.Kind.UNIT:
            return names.application_of(self.scope.name)
        return self.scope.name if self.scope.kind is names.Kind.APPLICATION else ""


def unit_scope(unit: str) -> names.Tag:
    """Return the scope that is one unit alone."""
    return names.Tag(names.Kind.UNIT, unit)


def model_scope(model_uuid: str) -> names.Tag:
    """Return the scope that is the whole model."""
    return names.Tag(names.Kind.MODEL, model_uuid)


def scopes_of(unit: str, model_uuid: str) -> tuple[names.Tag, names.Tag, names.Tag]:
    """Return where a policy for a unit may be set, the narrowest first."""
    application = names.Tag(names.Kind.APPLICATION, names.application_of(unit))
    return unit_scope(unit), application, model_scope(model_uuid)


def find(rulings: Mapping[names.Tag, Ruling], unit: str, model_uuid: str) -> Ruling | None:
    """Return the policy that rules a unit; None where none is set for it."""
    for scope in scopes_of(unit, model_uuid):
        if scope in rulings:
            return rulings[scope]
    return None


def touched(
    scope: names.Tag, rulings: Mapping[names.Tag, Ruling], units: Iterable[str], model_uuid: str
) -> list[str]:
    """Return the units that a policy for this scope rules, or would: those with none set more narrowly."""
    found: list[str] = []
    for unit in units:
        scopes = scopes_of(unit, model_uuid)
        if scope in scopes and not any(narrower in rulings for narrower in scopes[: scopes.index(scope)]):
            found.append(unit)
    return found
