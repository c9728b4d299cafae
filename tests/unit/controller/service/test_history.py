"""What whoever may look is told of the past, where facades do not show it."""

import pytest

from harness import controller_bench
from meterstatus import errors


async def test_an_entity_is_a_unit_an_application_or_everything(bench: controller_bench.Bench) -> None:
    """Each gives its own changes, newest first; anything else is refused."""
    reader = bench.fleet.users["reader"]
    for entity, revisions in (("shop/1", [2]), ("shop", [2, 1]), ("", [2, 1]), ("web", [])):
        assert [each.revision for each in await bench.service.history.changes(reader, entity)] == revisions
    with pytest.raises(errors.NotValidError, match='invalid name "Shop!"'):
        await bench.service.history.changes(reader, "Shop!")
    with pytest.raises(errors.NotValidError, match='invalid name "shop/"'):
        await bench.service.history.deliveries(reader, "shop/")
