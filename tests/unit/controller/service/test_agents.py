"""An agent's calls are of its own unit, and of nothing else."""

import asyncio
import datetime
from collections.abc import Awaitable, Callable

import pytest

from harness import controller_bench
from meterstatus import errors
from meterstatus.controller.fleet import watchers
from meterstatus.controller.service import agents
from meterstatus.domain import epoch, names, status
from meterstatus.domain.fleet import records
from tests.unit.domain.hook import test_delivery_report

OWN = names.Tag(names.Kind.UNIT, "shop/0")
FOREIGN = (
    names.Tag(names.Kind.UNIT, "shop/1"),
    names.Tag(names.Kind.APPLICATION, "shop"),
    None,
)
REPORT = test_delivery_report.REPORT
NOTHING = watchers.Event()

Call = Callable[[agents.Agents, records.Agent, "names.Tag | None"], object]
CALLS: dict[str, Call] = {
    "check_own": lambda of, agent, tag: of.check_own(agent, tag),
    "check_is_there": lambda of, agent, tag: of.check_is_there(agent, tag),
    "word": lambda of, agent, tag: of.word(agent, tag),
    "set_password": lambda of, agent, tag: of.set_password(agent, tag, "a" * 24),
    "state": lambda of, agent, tag: of.state(agent, tag),  # pyright: ignore[reportArgumentType] # rubbish
    "change_state": lambda of, agent, tag: of.change_state(
        agent,
        tag,  # pyright: ignore[reportArgumentType] # rubbish
        {},
    ),
    "record_delivery": lambda of, agent, tag: of.record_delivery(agent, tag, REPORT),
    "receive_trouble": lambda of, agent, tag: of.receive_trouble(agent, tag, None),
    "receive_position": lambda of, agent, tag: of.receive_position(agent, tag, epoch.Place(1, 1)),
}


def own_agent(bench: controller_bench.Bench) -> records.Agent:
    """Return the first unit's agent."""
    return records.Agent("shop/0", bench.fleet.units["shop/0"].added)


@pytest.mark.parametrize("name", CALLS)
async def test_a_foreign_unit_is_denied(bench: controller_bench.Bench, name: str) -> None:
    """Another unit, another kind and rubbish alike, by every call; its own is not."""
    for tag in FOREIGN:
        with pytest.raises(errors.UnauthorizedError, match="permission denied"):
            await _made(CALLS[name](bench.service.agents, own_agent(bench), tag))
    await _made(CALLS[name](bench.service.agents, own_agent(bench), OWN))


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"check_own"}))
async def test_a_unit_that_is_gone_is_not_found(bench: controller_bench.Bench, name: str) -> None:
    """Also where another one of its name was added since."""
    agent, admin = own_agent(bench), bench.fleet.users["admin"]
    await bench.service.units.remove(admin, "shop/0")
    await bench.service.units.add(admin, "shop/0", None)
    with pytest.raises(errors.NotFoundError):
        await _made(CALLS[name](bench.service.agents, agent, OWN))


async def _made(result: object) -> None:
    if isinstance(result, Awaitable):
        await result


async def test_an_agent_is_told_all_of_one_moment(bench: controller_bench.Bench) -> None:
    """Its status, the controller's position, its policy and what is left of maintenance."""
    await bench.set_status("shop/0", "RED", "over")
    word = bench.service.agents.word(own_agent(bench), OWN)
    assert (word.status, word.policy) == (status.MeterStatus("RED", "over"), None)
    assert word.position.revision == bench.service.agents.revision == 3
    assert word.maintenance_rest == datetime.timedelta(0)


async def test_a_watcher_hears_of_its_unit(bench: controller_bench.Bench) -> None:
    """And of no other."""
    watcher = bench.service.agents.watch(own_agent(bench), lambda: NOTHING)
    answer = watcher.next()
    assert isinstance(answer, asyncio.Future)
    await bench.set_status("shop/1", "RED")
    assert not answer.done()
    await bench.set_status("shop/0", "RED")
    assert answer.done()
    watcher.stop()
