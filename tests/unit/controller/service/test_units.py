"""Adding, removing and finding units."""

import pytest

from harness import controller_bench
from meterstatus import errors
from meterstatus.domain import names

SHOP_0 = names.Tag(names.Kind.UNIT, "shop/0")


async def test_units_are_an_admins_to_add_and_remove(bench: controller_bench.Bench) -> None:
    """Whoever sets statuses does neither; and a unit that is there is not added again."""
    units, writer, admin = bench.service.units, bench.fleet.users["writer"], bench.fleet.users["admin"]
    with pytest.raises(errors.UnauthorizedError):
        await units.add(writer, "till/0", None)
    with pytest.raises(errors.UnauthorizedError):
        await units.remove(writer, "shop/0")
    with pytest.raises(errors.ConflictError):
        await units.add(admin, "shop/0", None)
    await units.remove(admin, "shop/0")
    assert list(bench.fleet.units) == ["shop/1"]


async def test_units_are_found_as_a_person_counts_them(bench: controller_bench.Bench) -> None:
    """By a pattern of the unit or its application, or all; by number, not by text."""
    units, reader, admin = bench.service.units, bench.fleet.users["reader"], bench.fleet.users["admin"]
    for name in ("shop/10", "shop/9", "till/0"):
        await units.add(admin, name, None)
    found = [unit.name for unit in await units.find(reader, ["shop*"])]
    assert found == ["shop/0", "shop/1", "shop/9", "shop/10"]
    assert len(await units.find(reader)) == 5


async def test_what_is_not_there_is_told_apart(bench: controller_bench.Bench) -> None:
    """A unit or an application is there or not found."""
    units, reader = bench.service.units, bench.fleet.users["reader"]
    units.check_may_look(reader)
    units.check_exists(reader, SHOP_0)
    with pytest.raises(errors.NotFoundError, match='application "till" not found'):
        units.check_exists(reader, names.Tag(names.Kind.APPLICATION, "till"))
