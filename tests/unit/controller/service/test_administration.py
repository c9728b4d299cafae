"""The epoch, maintenance and claims: an admin's to change."""

import datetime

import pytest

from harness import controller_bench
from meterstatus import errors
from meterstatus.domain import epoch, names
from meterstatus.domain.fleet import records

HOUR = datetime.timedelta(hours=1)


async def test_only_an_admin_changes_what_concerns_all(bench: controller_bench.Bench) -> None:
    """Whoever sets statuses begins no epoch, announces nothing and dismisses nothing."""
    of, writer = bench.service.administration, bench.fleet.users["writer"]
    with pytest.raises(errors.UnauthorizedError):
        await of.begin_epoch(writer, "restored")
    with pytest.raises(errors.UnauthorizedError):
        await of.announce_maintenance(writer, HOUR)
    with pytest.raises(errors.UnauthorizedError):
        of.dismiss_claim(writer, "shop/0", "broken")


async def test_an_epoch_has_a_reason(bench: controller_bench.Bench) -> None:
    """It is given back as it began."""
    of, admin = bench.service.administration, bench.fleet.users["admin"]
    with pytest.raises(errors.NotValidError, match="invalid new epoch: give a reason"):
        await of.begin_epoch(admin, "")
    began = await of.begin_epoch(admin, "restored")
    assert (began.why, began) == ("restored", bench.fleet.epoch)


async def test_maintenance_is_told_to_whom_it_concerns(bench: controller_bench.Bench) -> None:
    """How many units there are and hear it at once; ended, nothing is announced."""
    of, admin = bench.service.administration, bench.fleet.users["admin"]
    await bench.agent()
    announced = await of.announce_maintenance(admin, HOUR, "a new disk")
    assert announced.maintenance is not None
    assert (announced.maintenance.until, announced.maintenance.why) == (
        bench.clock.now() + HOUR,
        "a new disk",
    )
    assert (announced.connected, announced.units) == (1, 2)
    assert (await of.announce_maintenance(admin, None)).maintenance is None


async def test_a_claim_that_nobody_made_is_not_found(bench: controller_bench.Bench) -> None:
    """Nor is one of a unit that is not there; one that was made is believed no more."""
    of, admin = bench.service.administration, bench.fleet.users["admin"]
    agent = records.Agent("shop/0", bench.fleet.units["shop/0"].added)
    for unit in ("gone/0", "shop/1"):
        with pytest.raises(errors.NotFoundError):
            of.dismiss_claim(admin, unit, "broken")
    own = names.Tag(names.Kind.UNIT, "shop/0")
    assert not await bench.service.agents.receive_position(agent, own, epoch.Place(1, 9))
    of.dismiss_claim(admin, "shop/0", "broken")
    assert bench.fleet.claims.epochs() == []
