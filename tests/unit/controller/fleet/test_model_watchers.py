"""Watchers of a whole model: the latest of each entity, once, and no more memory than that (8.4)."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

import pytest

from harness import controller_bench, repository
from meterstatus.controller import refusals
from meterstatus.controller.fleet import model_watchers
from meterstatus.domain import names, status
from meterstatus.domain.fleet import records

ADMIN = records.User("admin", "", "", records.Access.ADMIN)
RED = status.MeterStatus("RED", "over budget")


@pytest.fixture
async def fleet_service() -> controller_bench.Started:
    """Give a service with the unit shop/0."""
    made = await controller_bench.start(repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN])))
    await made.add_unit("shop/0")
    return made


@pytest.fixture
async def watcher(fleet_service: controller_bench.Started) -> model_watchers.ModelWatcher:
    """Give a watcher whose reader has heard everything so far."""
    made = fleet_service.fleet.model_watchers.watch(fleet_service.service.models.workload())
    await whole(made)
    return made


async def whole(of: model_watchers.ModelWatcher) -> model_watchers.Batch:
    """Take the first batch, which waits for nothing but its turn."""
    answer = of.next()
    assert not isinstance(answer, model_watchers.Batch)
    return await answer


def told(answer: "model_watchers.Batch | Awaitable[model_watchers.Batch]") -> list[tuple[str, str, str]]:
    """Return what a Next that has its answer said: kinds, changes and names."""
    batch = answer.result() if isinstance(answer, asyncio.Future) else answer
    assert isinstance(batch, model_watchers.Batch)
    return [(kind, change, entity.name) for kind, change, entity in batch.deltas]


def waiting(
    answer: "model_watchers.Batch | Awaitable[model_watchers.Batch]",
) -> "asyncio.Future[model_watchers.Batch]":
    """Return the future of a Next that must wait."""
    assert isinstance(answer, asyncio.Future) and not answer.done()
    return answer


async def test_the_first_batch_is_the_whole_model(fleet_service: controller_bench.Started) -> None:
    """The first Next answers at once, with what is there then; the second waits."""
    watcher = fleet_service.fleet.model_watchers.watch(fleet_service.service.models.workload())
    await fleet_service.add_unit("till/0")
    assert told(await whole(watcher)) == [
        ("model", "change", "default"),
        ("application", "change", "shop"),
        ("application", "change", "till"),
        ("unit", "change", "shop/0"),
        ("unit", "change", "till/0"),
    ]
    waiting(watcher.next())


async def test_a_change_answers_who_waits(
    fleet_service: controller_bench.Started, watcher: model_watchers.ModelWatcher
) -> None:
    """What comes, changes and goes is told as it happens, an application with its first and last unit."""
    steps: Sequence[tuple[Any, list[tuple[str, str, str]]]] = [
        (fleet_service.set_status("unit-shop-0", RED), [("unit", "change", "shop/0")]),
        (fleet_service.add_unit("shop/1"), [("unit", "change", "shop/1")]),
        (
            fleet_service.add_unit("till/0"),
            [("application", "change", "till"), ("unit", "change", "till/0")],
        ),
        (fleet_service.remove_unit("shop/0"), [("unit", "remove", "shop/0")]),
        (
            fleet_service.remove_unit("till/0"),
            [("unit", "remove", "till/0"), ("application", "remove", "till")],
        ),
    ]
    for step, expected in steps:
        answer = waiting(watcher.next())
        await step
        assert told(answer) == expected


async def test_an_agent_that_comes_or_goes_is_told(
    fleet_service: controller_bench.Started, watcher: model_watchers.ModelWatcher
) -> None:
    """A unit is told when its agent arrives and leaves, but not of a second connection of the same one."""
    agent = records.Agent("shop/0", fleet_service.fleet.units["shop/0"].added)
    answer = waiting(watcher.next())
    fleet_service.fleet.arrived(agent)
    assert told(answer) == [("unit", "change", "shop/0")]
    answer = waiting(watcher.next())
    fleet_service.fleet.arrived(agent)
    fleet_service.fleet.left(agent)
    assert not answer.done()
    fleet_service.fleet.left(agent)
    assert told(answer) == [("unit", "change", "shop/0")]


async def test_many_changes_are_one(
    fleet_service: controller_bench.Started, watcher: model_watchers.ModelWatcher
) -> None:
    """Of what changed many times while nobody waited the reader hears once, and how it is now."""
    for code in ("RED", "AMBER", "GREEN"):
        await fleet_service.set_status("unit-shop-0", status.MeterStatus(code))
    answer = watcher.next()
    assert isinstance(answer, model_watchers.Batch)
    ((_, _, unit),) = answer.deltas
    assert unit.meter_status.color == "green"
    waiting(watcher.next())


async def test_what_came_and_went_unheard_of_is_not_kept(
    fleet_service: controller_bench.Started, watcher: model_watchers.ModelWatcher
) -> None:
    """A slow reader costs no memory for units that it never heard of and that are gone."""
    for number in range(20):
        await fleet_service.add_unit(f"till/{number}")
        await fleet_service.set_status(f"unit-till-{number}", RED)
        await fleet_service.remove_unit(f"till/{number}")
    assert len(watcher) == 0
    waiting(watcher.next())


async def test_a_unit_that_went_and_came_back_is_told_as_it_is(
    fleet_service: controller_bench.Started, watcher: model_watchers.ModelWatcher
) -> None:
    """A unit that the reader knows, removed and added again, is one change; removed once more, it is gone."""
    await fleet_service.remove_unit("shop/0")
    await fleet_service.add_unit("shop/0", RED)
    assert told(watcher.next()) == [("unit", "change", "shop/0")]
    await fleet_service.remove_unit("shop/0")
    await fleet_service.add_unit("shop/0")
    await fleet_service.remove_unit("shop/0")
    assert told(watcher.next()) == [("unit", "remove", "shop/0"), ("application", "remove", "shop")]


async def test_what_no_reader_is_shown_wakes_nobody(
    fleet_service: controller_bench.Started, watcher: model_watchers.ModelWatcher
) -> None:
    """A new password, a policy and an agent of a unit that is gone are nothing to tell."""
    answer = waiting(watcher.next())
    agent = records.Agent("shop/0", fleet_service.fleet.units["shop/0"].added)
    shop_0 = names.Tag(names.Kind.UNIT, "shop/0")
    await fleet_service.service.agents.set_password(agent, shop_0, "a" * 24)
    await fleet_service.set_policy("unit-shop-0", None)
    fleet_service.fleet.arrived(records.Agent("gone/0", 1))
    assert not answer.done()


async def test_each_batch_goes_to_one_of_several_waits(
    fleet_service: controller_bench.Started, watcher: model_watchers.ModelWatcher
) -> None:
    """Several Nexts in flight are answered one by one, the oldest first; an abandoned one is passed over."""
    first, second, third = (waiting(watcher.next()) for _ in range(3))
    first.cancel()
    await fleet_service.set_status("unit-shop-0", RED)
    assert (second.done(), third.done()) == (True, False)


async def test_stopping_fails_who_waits(
    fleet_service: controller_bench.Started, watcher: model_watchers.ModelWatcher
) -> None:
    """A pending Next fails in the words that python-libjuju looks for, with no code, and nothing is left."""
    answer = waiting(watcher.next())
    watcher.stop()
    watcher.stop()
    with pytest.raises(refusals.Refusal, match="watcher was stopped") as caught:
        answer.result()
    assert caught.value.code == ""
    assert len(fleet_service.fleet.model_watchers) == 0


async def test_many_units_are_told_in_several_batches(fleet_service: controller_bench.Started) -> None:
    """A reader that was away while the whole fleet changed hears of it in parts, none of them twice."""
    watcher = fleet_service.fleet.model_watchers.watch(fleet_service.service.models.workload())
    await whole(watcher)
    count = model_watchers.MAX_CHANGES + 50
    for number in range(1, count + 1):
        await fleet_service.add_unit(f"shop/{number}")
    first, second = watcher.next(), watcher.next()
    assert (len(told(first)), len(told(second))) == (model_watchers.MAX_CHANGES, 50)
    assert len({name for _, _, name in [*told(first), *told(second)]}) == count
    waiting(watcher.next())
