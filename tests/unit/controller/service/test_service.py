"""The use cases, all on one fleet."""

import pytest

from harness import controller_bench, repository
from meterstatus import errors
from meterstatus.domain import names, status
from meterstatus.domain.fleet import blast_radius, records

ADMIN = records.User("admin", "", "", records.Access.ADMIN)
RED = status.MeterStatus("RED")
SHOP = names.Tag(names.Kind.APPLICATION, "shop")


async def test_the_cases_work_on_one_fleet() -> None:
    """What one has changed, the others know; and the guard is the one that was given."""
    stored = repository.MemoryDatabase(users=[ADMIN])
    made = await controller_bench.start(repository.MemoryRepository(stored))
    for number in range(6):
        await made.service.units.add(ADMIN, f"shop/{number}", None)
    with pytest.raises(errors.BlastRadiusError):
        await made.service.statuses.set_as_juju(ADMIN, SHOP, RED)
    wide = await controller_bench.start(
        repository.MemoryRepository(stored), radius=blast_radius.BlastRadius(100)
    )
    await wide.service.statuses.set_as_juju(ADMIN, SHOP, RED)
    assert {each.unit.effective for each in (await made.service.fleet_status.look(ADMIN)).units} == {RED}
