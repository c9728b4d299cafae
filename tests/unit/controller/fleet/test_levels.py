"""The levels in memory."""

import datetime

from meterstatus.controller.fleet import levels
from meterstatus.domain import names, status
from meterstatus.domain.fleet import effective_policy, level, records

MODEL = "5f1f9c2e-8f0e-4a43-9d3c-0a4f5b6c7d8e"
SHOP = names.Tag(names.Kind.APPLICATION, "shop")
AT = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)
BOB = records.Author("user-bob", AT)
RED = status.MeterStatus("RED", "over budget")


def unit(name: str, code: str) -> records.Unit:
    """Make a unit."""
    return records.Unit(name, "", status.MeterStatus(code), 1, AT, 1)


def change(revision: int, new: status.MeterStatus | None, scope: names.Tag = SHOP) -> records.Change:
    """Make a change of a level."""
    return records.Change(revision, records.ChangeKind.LEVEL, "", BOB, None, new, level=scope)


def test_a_unit_stands_under_its_application_alone() -> None:
    """What is set and taken away shows at the application's units, with the change's revision and time."""
    made = levels.Levels(MODEL)
    made.apply(change(2, RED))
    assert made.get(SHOP) == level.Level(SHOP, RED, 2, AT)
    stands = made.under(unit("shop/1", "GREEN"))
    assert (stands.effective, stands.status) == (RED, status.MeterStatus("GREEN"))
    assert made.under(unit("a/0", "GREEN")).effective == status.MeterStatus("GREEN")
    made.apply(change(3, None))
    made.apply(change(4, None))
    assert (made.get(SHOP), made.under(stands)) == (None, unit("shop/1", "GREEN"))


def test_a_unit_that_stands_so_already_is_the_same() -> None:
    """Nothing is made anew for a unit above which nothing has changed: there are ten thousand."""
    made = levels.Levels(MODEL, [level.Level(SHOP, RED, 1, AT)])
    other, stands = unit("a/0", "GREEN"), made.under(unit("shop/0", "GREEN"))
    assert made.under(other) is other
    assert made.under(stands) is stands


def test_supposing_changes_nothing() -> None:
    """What would be is told apart from what is."""
    made = levels.Levels(MODEL, [level.Level(SHOP, RED, 1, AT)])
    green, shop = status.MeterStatus("GREEN"), unit("shop/0", "GREEN")
    assert made.supposing(SHOP, None).under(shop).effective == green
    assert made.supposing(effective_policy.model_scope(MODEL), green).under(shop).effective == RED
    assert made.under(shop).effective == RED


def test_the_models_level_comes_first() -> None:
    """Levels are listed from the widest, applications by name."""
    made = levels.Levels(MODEL)
    whole, till = effective_policy.model_scope(MODEL), names.Tag(names.Kind.APPLICATION, "till")
    for revision, scope in enumerate((till, whole, SHOP), start=1):
        made.apply(change(revision, RED, scope))
    assert [held.scope for held in made.everything()] == [whole, SHOP, till]
