"""What a change would do, reckoned from memory."""

import datetime

import pytest

from meterstatus import errors
from meterstatus.controller.fleet import dry_run, levels
from meterstatus.domain import names, slicing, status
from meterstatus.domain.fleet import level, records, time_limit

MODEL = names.Tag(names.Kind.MODEL, "5f1f9c2e-8f0e-4a43-9d3c-0a4f5b6c7d8e")
SHOP = names.Tag(names.Kind.APPLICATION, "shop")
GONE = names.Tag(names.Kind.APPLICATION, "gone")
AT = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)
BOB = records.Author("user-bob", AT)
GREEN, AMBER, RED = (status.MeterStatus(code) for code in ("GREEN", "AMBER", "RED"))


def unit(name: str) -> names.Tag:
    """Return a unit's tag."""
    return names.Tag(names.Kind.UNIT, name)


def view(units: dict[str, status.MeterStatus], *held: level.Level) -> dry_run.View:
    """Have units under levels, at revision 9."""
    above = levels.Levels(MODEL.name, held)
    made = {name: above.under(records.Unit(name, "", code, 1, AT, 1)) for name, code in units.items()}
    return dry_run.View(made, above, 9)


UNITS = {"shop/0": GREEN, "shop/1": RED, "web/0": GREEN}


def test_each_unit_named_is_counted_once() -> None:
    """A unit that is named beside its application is one; one that is told the same already is none."""
    targets = (unit("shop/0"), SHOP, unit("web/0"))
    outcome = slicing.at_once(view(UNITS).after(dry_run.Wish(targets, False, RED), AT))
    assert outcome == dry_run.Outcome(9, 3, outcome.told)
    assert dict(outcome.told) == {("GREEN", "RED"): 2}
    assert outcome.newly_red == 2


def test_a_level_is_over_what_units_have() -> None:
    """A level counts for whom it is the worst; taken away, units are told their own again."""
    held = level.Level(SHOP, AMBER, 2, AT)
    assert dict(slicing.at_once(view(UNITS).after(dry_run.Wish((SHOP,), True, AMBER), AT)).told) == {
        ("GREEN", "AMBER"): 1
    }
    assert dict(slicing.at_once(view(UNITS).after(dry_run.Wish((MODEL,), True, RED), AT)).told) == {
        ("GREEN", "RED"): 2
    }
    assert dict(slicing.at_once(view(UNITS, held).after(dry_run.Wish((SHOP,), True, None), AT)).told) == {
        ("AMBER", "GREEN"): 1
    }
    # Under the level a better status of its own is not told.
    assert dict(slicing.at_once(view(UNITS, held).after(dry_run.Wish((SHOP,), False, GREEN), AT)).told) == {
        ("RED", "AMBER"): 1
    }


def test_other_information_counts_and_is_no_new_red() -> None:
    """A unit that is RED already hears the new information, and the guard does not mind."""
    wanted = status.MeterStatus("RED", "audit")
    outcome = slicing.at_once(view({"shop/1": RED}).after(dry_run.Wish((SHOP,), False, wanted), AT))
    assert (dict(outcome.told), outcome.newly_red) == ({("RED", "RED"): 1}, 0)


@pytest.mark.parametrize("tag", [unit("shop/9"), unit("gone/0"), GONE])
@pytest.mark.parametrize(("is_level", "wanted"), [(False, RED), (True, None)])
def test_what_is_not_there_is_not_found(
    tag: names.Tag, is_level: bool, wanted: status.MeterStatus | None
) -> None:
    """One target that is missing refuses all, as does a level that is not there to be taken away."""
    targets = (tag,) if is_level else (SHOP, tag)
    with pytest.raises(errors.NotFoundError, match=f'{tag.kind.value} "{tag.name}" not found'):
        slicing.at_once(view(UNITS).chosen(dry_run.Wish(targets, is_level, wanted)))


def test_a_level_outlives_its_units() -> None:
    """What is set for an application without units can be taken away, and set again."""
    of = view(UNITS, level.Level(GONE, RED, 2, AT))
    for wanted in (None, AMBER):
        assert not slicing.at_once(of.after(dry_run.Wish((GONE,), True, wanted), AT)).told
    with pytest.raises(errors.NotFoundError):
        slicing.at_once(of.after(dry_run.Wish((GONE,), False, RED), AT))


def test_undoing_is_reckoned_with_all_that_is_undone() -> None:
    """Statuses and levels of one call go back together; what else was changed is passed over."""
    of = view({"shop/0": RED, "shop/1": RED}, level.Level(SHOP, RED, 3, AT))
    set_ = records.ChangeKind.SET
    batch = [
        records.Change(1, set_, "shop/0", BOB, GREEN, RED),
        records.Change(2, set_, "shop/7", BOB, GREEN, RED),
        records.Change(3, records.ChangeKind.LEVEL, "", BOB, AMBER, RED, level=SHOP),
        records.Change(4, records.ChangeKind.PASSWORD, "shop/1", BOB),
    ]
    assert dict(slicing.at_once(of.undone(batch, AT)).told) == {("RED", "AMBER"): 1}


def test_who_is_concerned_by_changes() -> None:
    """Units that were set, and those below a level; nobody who is gone."""
    of = view({"shop/0": RED, "shop/1": RED, "web/0": GREEN})
    of_unit = records.Change(1, records.ChangeKind.SET, "shop/0", BOB, GREEN, RED)
    gone = records.Change(2, records.ChangeKind.SET, "shop/7", BOB, GREEN, RED)
    assert [unit.name for unit in of.concerned([of_unit, gone])] == ["shop/0"]
    for scope, found in ((SHOP, ["shop/0", "shop/1"]), (MODEL, ["shop/0", "shop/1", "web/0"])):
        change = records.Change(3, records.ChangeKind.LEVEL, "", BOB, AMBER, RED, level=scope)
        assert [unit.name for unit in of.concerned([change])] == found


@pytest.mark.parametrize("scope", [SHOP, MODEL])
def test_what_comes_after_the_end_of_a_level_is_told_too(scope: names.Tag) -> None:
    """What lies beneath a level comes back: nothing, what it was, or what a limit lies over already."""
    span = datetime.timedelta(hours=2)
    wish = dry_run.Wish((scope,), True, RED, span)
    alone = slicing.at_once(view(UNITS).after(wish, AT))
    assert (dict(alone.told), dict(alone.then)) == ({("GREEN", "RED"): alone.newly_red}, reversed_of(alone))
    assert alone.until == AT + span
    over = slicing.at_once(view(UNITS, level.Level(scope, AMBER, 2, AT)).after(wish, AT))
    assert set(over.then) == {("RED", "AMBER")}
    limit = time_limit.TimeLimit(AT + span, AMBER)
    covered = slicing.at_once(view(UNITS, level.Level(scope, GREEN, 2, AT, limit)).after(wish, AT))
    assert set(covered.then) == {("RED", "AMBER")}


def reversed_of(outcome: dry_run.Outcome) -> dict[tuple[str, str], int]:
    """Return how many are told again what they were."""
    return {(new, old): units for (old, new), units in outcome.told.items()}


def test_what_comes_after_the_end_of_units_is_told_too() -> None:
    """Each has its own again; and where nothing ends, nothing is said of it."""
    wish = dry_run.Wish((SHOP,), False, AMBER, datetime.timedelta(hours=2))
    outcome = slicing.at_once(view(UNITS).after(wish, AT))
    assert dict(outcome.then) == {("AMBER", "GREEN"): 1, ("AMBER", "RED"): 1}
    endless = slicing.at_once(view(UNITS).after(dry_run.Wish((SHOP,), False, AMBER), AT))
    assert (endless.until, dict(endless.then)) == (None, {})


def test_an_undo_is_reckoned_with_what_would_have_ended() -> None:
    """What had an end that is past does not come back, but what lay beneath."""
    limit = time_limit.TimeLimit(AT, GREEN)
    change = records.Change(1, records.ChangeKind.SET, "shop/1", BOB, AMBER, RED, old_limit=limit)
    assert dict(slicing.at_once(view(UNITS).undone([change], AT)).told) == {("RED", "GREEN"): 1}
    earlier = AT - datetime.timedelta(seconds=1)
    assert dict(slicing.at_once(view(UNITS).undone([change], earlier)).told) == {("RED", "AMBER"): 1}


def test_counts_who_would_become_red() -> None:
    """A unit that is told RED already, by whatever level, does not become it."""
    of = view(UNITS, level.Level(SHOP, RED, 3, AT))
    for wanted, count in ((RED, 1), (AMBER, 0)):
        assert slicing.at_once(of.after(dry_run.Wish((MODEL,), False, wanted), AT)).newly_red == count
