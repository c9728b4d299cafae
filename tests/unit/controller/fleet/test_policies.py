"""controller.fleet.policies: what is held, and whom a change concerns."""

import datetime

from meterstatus.controller.fleet import policies
from meterstatus.domain import names, policy
from meterstatus.domain.fleet import effective_policy

MODEL = "5f1f9c2e-8f0e-4a43-9d3c-0a4f5b6c7d8e"
WHOLE_MODEL = effective_policy.model_scope(MODEL)
SHOP = names.Tag(names.Kind.APPLICATION, "shop")
UNITS = ("shop/0", "shop/1", "till/0")
SHORT = policy.amber_red(datetime.timedelta(seconds=10), datetime.timedelta(seconds=20))


def unit(name: str) -> names.Tag:
    """Return the scope of one unit."""
    return effective_policy.unit_scope(name)


def held(*scopes: names.Tag) -> policies.Policies:
    """Have the same policy for some scopes."""
    return policies.Policies(MODEL, [effective_policy.Ruling(scope, SHORT, 1) for scope in scopes])


def test_a_change_is_taken_over_and_concerns_whom_it_rules() -> None:
    """What is set rules with its revision, what is taken away no more; both concern the same units."""
    kept = held(unit("shop/1"))
    assert kept.apply(effective_policy.PolicyChange(SHOP, None, SHORT), 7, UNITS) == ["shop/0"]
    assert kept.of("shop/0") == effective_policy.Ruling(SHOP, SHORT, 7)
    assert kept.of("shop/9") == kept.of("shop/0")
    assert kept.apply(effective_policy.PolicyChange(SHOP, SHORT, None), 8, UNITS) == ["shop/0"]
    assert kept.of("shop/0") is None


def test_a_units_policy_concerns_it_alone() -> None:
    """Setting and taking away a unit's own policy concern that unit, whatever else is set."""
    kept = held(WHOLE_MODEL, SHOP)
    own = unit("shop/0")
    assert kept.apply(effective_policy.PolicyChange(own, None, policy.JUJU_POLICY), 2, UNITS) == ["shop/0"]
    assert kept.apply(effective_policy.PolicyChange(own, policy.JUJU_POLICY, None), 3, UNITS) == ["shop/0"]
    assert kept.of("shop/0") == effective_policy.Ruling(SHOP, SHORT, 1)


def test_the_models_concerns_whom_nothing_narrower_rules() -> None:
    """A change of the model's policy concerns units without one of their own or of their application."""
    kept = held(unit("till/0"))
    assert kept.apply(effective_policy.PolicyChange(WHOLE_MODEL, None, SHORT), 2, UNITS) == [
        "shop/0",
        "shop/1",
    ]


def test_a_unit_that_is_gone_is_forgotten() -> None:
    """A later unit of the same name is ruled by its application."""
    kept = held(SHOP, unit("shop/0"))
    kept.forget("shop/0")
    kept.forget("shop/1")
    assert kept.of("shop/0") == effective_policy.Ruling(SHOP, SHORT, 1)


def test_everything_is_in_order() -> None:
    """The model's comes first, then applications', then units', and unit 2 before unit 10."""
    scopes = [unit("shop/10"), SHOP, unit("shop/2"), WHOLE_MODEL, names.Tag(names.Kind.APPLICATION, "a")]
    found = [str(each.scope) for each in held(*scopes).everything()]
    assert found == [str(WHOLE_MODEL), "application-a", "application-shop", "unit-shop-2", "unit-shop-10"]
