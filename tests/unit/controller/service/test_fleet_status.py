"""How the whole fleet is, at one revision."""

from harness import controller_bench
from meterstatus.domain import epoch, names, status
from meterstatus.domain.fleet import records


async def test_it_is_of_one_revision(bench: controller_bench.Bench) -> None:
    """The units that were asked for, beside what concerns all."""
    await bench.set_status("shop/0", "RED", "over")
    found = await bench.service.fleet_status.look(bench.fleet.users["reader"], ["shop/0"])
    assert [(seen.unit.name, seen.unit.effective) for seen in found.units] == [
        ("shop/0", status.MeterStatus("RED", "over"))
    ]
    assert (found.revision, found.identity, found.epoch) == (3, bench.fleet.identity, bench.fleet.epoch)
    assert (found.maintenance, found.behind, found.given_up, found.rolled_back_to) == (None, None, None, 0)
    assert (found.levels, found.controllers) == ([], ())


async def test_what_agents_claim_is_shown(bench: controller_bench.Bench) -> None:
    """A position that is newer than the store's is what this controller is behind."""
    agent = records.Agent("shop/0", bench.fleet.units["shop/0"].added)
    own = names.Tag(names.Kind.UNIT, "shop/0")
    await bench.service.agents.receive_position(agent, own, epoch.Place(1, 9))
    found = await bench.service.fleet_status.look(bench.fleet.users["reader"])
    assert found.behind is not None
    assert (found.behind.units, found.behind.names) == (1, ("shop/0",))
