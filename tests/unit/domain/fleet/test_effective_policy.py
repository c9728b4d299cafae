"""Which policy rules a unit."""

import datetime

from meterstatus.domain import names, policy
from meterstatus.domain.fleet import effective_policy

MODEL = "5f1f9c2e-8f0e-4a43-9d3c-0a4f5b6c7d8e"
UNIT = names.Tag(names.Kind.UNIT, "shop/0")
APPLICATION = names.Tag(names.Kind.APPLICATION, "shop")
WHOLE_MODEL = names.Tag(names.Kind.MODEL, MODEL)
UNITS = ("shop/0", "shop/1", "shopping/0")


def held(*scopes: names.Tag) -> dict[names.Tag, effective_policy.Ruling]:
    """Have a policy for each scope, each its own."""
    return {
        scope: effective_policy.Ruling(scope, policy.amber_red(datetime.timedelta(minutes=number)), number)
        for number, scope in enumerate(scopes, start=1)
    }


def test_the_narrowest_rules() -> None:
    """A unit's own policy comes before its application's, and that before the model's."""
    everything = held(WHOLE_MODEL, APPLICATION, UNIT)
    assert effective_policy.find(everything, "shop/0", MODEL) == everything[UNIT]
    assert effective_policy.find(everything, "shop/1", MODEL) == everything[APPLICATION]
    assert effective_policy.find(everything, "shopping/0", MODEL) == everything[WHOLE_MODEL]


def test_none_rules_where_none_is_set() -> None:
    """Neither another unit's policy nor another application's rules."""
    assert effective_policy.find(held(UNIT, APPLICATION), "shopping/0", MODEL) is None
    assert effective_policy.find(held(UNIT), "shop/1", MODEL) is None


def test_a_change_names_its_unit_and_application() -> None:
    """A change is of a unit where that alone is meant, of an application unless the whole model is."""
    changes = [effective_policy.PolicyChange(scope, None, None) for scope in (UNIT, APPLICATION, WHOLE_MODEL)]
    assert [(change.unit, change.application) for change in changes] == [
        ("shop/0", "shop"),
        ("", "shop"),
        ("", ""),
    ]


def test_a_change_touches_who_has_nothing_narrower() -> None:
    """A change of a scope touches its units but for those with a policy set more narrowly."""
    assert effective_policy.touched(WHOLE_MODEL, {}, UNITS, MODEL) == list(UNITS)
    assert effective_policy.touched(WHOLE_MODEL, held(APPLICATION, WHOLE_MODEL), UNITS, MODEL) == [
        "shopping/0"
    ]
    assert effective_policy.touched(APPLICATION, held(UNIT, WHOLE_MODEL), UNITS, MODEL) == ["shop/1"]
    assert effective_policy.touched(UNIT, held(UNIT, APPLICATION), UNITS, MODEL) == ["shop/0"]
    assert effective_policy.touched(effective_policy.unit_scope("shop/9"), {}, UNITS, MODEL) == []
