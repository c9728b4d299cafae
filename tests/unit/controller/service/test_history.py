"""What whoever may look is told of the past, where facades do not show it."""

import pytest

from harness import controller_bench
from meterstatus import errors
from meterstatus.controller.service import history


async def test_an_entity_is_a_unit_an_application_or_everything(bench: controller_bench.Bench) -> None:
    """Each gives its own changes, newest first; anything else is refused."""
    reader = bench.service.users["reader"]
    for entity, revisions in (("shop/1", [2]), ("shop", [2, 1]), ("", [2, 1]), ("web", [])):
        assert [each.revision for each in await history.changes(bench.service, reader, entity)] == revisions
    with pytest.raises(errors.NotValidError, match='invalid name "Shop!"'):
        await history.changes(bench.service, reader, "Shop!")
    with pytest.raises(errors.NotValidError, match='invalid name "shop/"'):
        await history.deliveries(bench.service, reader, "shop/")
