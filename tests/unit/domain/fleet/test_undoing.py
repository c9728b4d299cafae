"""What can be undone, and what stands in the way."""

import dataclasses
import datetime

import pytest

from meterstatus import errors
from meterstatus.domain import names, policy, status
from meterstatus.domain.fleet import effective_policy, level, records, undoing

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
BOB = records.Author("user-bob", AT)
GREEN, RED = status.MeterStatus("GREEN", "ok"), status.MeterStatus("RED", "over")
SHOP = names.Tag(names.Kind.APPLICATION, "shop")
SHORT = policy.amber_red(datetime.timedelta(seconds=10), None)
SET = records.Change(5, records.ChangeKind.SET, "shop/0", BOB, GREEN, RED)
LEVEL = records.Change(6, records.ChangeKind.LEVEL, "", BOB, None, RED, level=SHOP)
POLICY = records.Change(
    7, records.ChangeKind.POLICY, "", BOB, policy=effective_policy.PolicyChange(SHOP, None, SHORT)
)
UNIT = records.Unit("shop/0", "hash", RED, 5, AT, 1)
HELD = level.Level(SHOP, RED, 6, AT)


def stands(
    *undone: records.Change,
    unit: records.Unit | None = UNIT,
    held: level.Level | None = HELD,
    ruled: policy.Policy | None = SHORT,
) -> str:
    """Return what is said to be in the way of an undo; "" where nothing is."""
    units = {} if unit is None else {unit.name: unit}
    try:
        undoing.check_stands(undone, units, {SHOP: held}.get, {SHOP: ruled}.get)
    except errors.ChangedSinceError as error:
        return str(error)
    return ""


def test_what_is_set_can_be_undone() -> None:
    """Units' statuses, levels and policies; of whatever call."""
    undoing.check(5, [SET, LEVEL, POLICY])


@pytest.mark.parametrize(
    "kind", [kind for kind in records.ChangeKind if kind.value not in ("set", "level", "policy")]
)
def test_what_is_no_setting_cannot(kind: records.ChangeKind) -> None:
    """Also among others that can; it is named."""
    other = dataclasses.replace(SET, revision=8, kind=kind)
    with pytest.raises(
        errors.NotValidError, match=f"^invalid undo of revision 8: it did '{kind.value}', and only "
    ):
        undoing.check(5, [SET, other])


def test_an_end_cannot() -> None:
    """What it ended has no time left."""
    with pytest.raises(
        errors.NotValidError,
        match=r"^invalid undo of revision 5: at it the time of revision 3 was over$",
    ):
        undoing.check(5, [dataclasses.replace(SET, ended=3)])


def test_there_must_be_a_change() -> None:
    """A number that is too high, or of a change that is no longer kept."""
    with pytest.raises(errors.NotFoundError, match=r"^change 9 not found$"):
        undoing.check(9, [])


def test_what_is_as_it_was_made_stands() -> None:
    """Everything of it."""
    assert stands(SET, LEVEL, POLICY) == ""


def test_a_unit_that_was_changed_since_or_is_gone_is_in_the_way() -> None:
    """By its name."""
    said = "shop/0 changed since; undo that first, or set anew"
    assert stands(LEVEL, SET, unit=dataclasses.replace(UNIT, revision=9)) == said
    assert stands(SET, unit=None) == said


def test_a_level_that_was_changed_since_is_in_the_way() -> None:
    """Set again, or taken away; one that was taken away stands while it is not there."""
    said = "application-shop changed since; undo that first, or set anew"
    assert stands(LEVEL, held=dataclasses.replace(HELD, revision=9)) == said
    assert stands(LEVEL, held=None) == said
    gone = dataclasses.replace(LEVEL, old=RED, new=None)
    assert stands(gone, held=None) == ""
    assert stands(gone) == ""
    assert stands(gone, held=dataclasses.replace(HELD, revision=9)) == said


def test_a_policy_that_is_another_is_in_the_way() -> None:
    """One that was set to the same again is none."""
    said = "application-shop changed since; undo that first, or set anew"
    assert stands(POLICY, ruled=None) == stands(POLICY, ruled=policy.Policy()) == said
    assert (
        stands(
            dataclasses.replace(POLICY, policy=effective_policy.PolicyChange(SHOP, SHORT, None)), ruled=None
        )
        == ""
    )


def test_the_first_that_are_in_the_way_are_named() -> None:
    """Whoever reads it needs no thousand."""
    undone = [dataclasses.replace(SET, unit=f"shop/{number}") for number in range(1, 7)]
    named = "shop/1, shop/2, shop/3, shop/4"
    assert stands(*undone) == f"{named} changed since; undo that first, or set anew"
