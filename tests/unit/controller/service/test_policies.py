"""Setting policies, and whom that wakes."""

import asyncio
import datetime

import pytest

from harness import controller_bench, repository
from meterstatus import errors
from meterstatus.controller import refusals
from meterstatus.domain import names, policy
from meterstatus.domain.fleet import records

ADMIN = records.User("admin", "", "", records.Access.ADMIN)
WRITER = records.User("writer", "", "", records.Access.WRITE)
MODEL = f"model-{repository.IDENTITY.model_uuid}"
SHORT = policy.amber_red(datetime.timedelta(seconds=10), datetime.timedelta(seconds=20))
NEVER = policy.amber_red(None, None)


async def make(store: repository.MemoryRepository) -> controller_bench.Started:
    """Start a service on a store."""
    return await controller_bench.start(store)


async def woken(made: controller_bench.Started, tag: str, wanted: policy.Policy | None) -> list[str]:
    """Set a policy or take it away, and return the units whose watchers have an event then."""
    watchers = {unit: made.fleet.watchers.watch(unit) for unit in made.fleet.units}
    await made.set_policy(tag, wanted)
    found = [unit for unit, watcher in watchers.items() if not isinstance(watcher.next(), asyncio.Future)]
    for watcher in watchers.values():
        watcher.stop()
    return found


async def test_a_policy_wakes_exactly_whom_it_rules() -> None:
    """Set, changed or taken away, a policy is told to the units that it rules and to no other."""
    made = await make(repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN])))
    for unit in ("shop/0", "shop/1", "shopping/0", "till/0"):
        await made.add_unit(unit)
    assert await woken(made, "unit-till-0", NEVER) == ["till/0"]
    assert await woken(made, MODEL, SHORT) == ["shop/0", "shop/1", "shopping/0"]
    assert await woken(made, "application-shop", NEVER) == ["shop/0", "shop/1"]
    assert await woken(made, "unit-shop-0", SHORT) == ["shop/0"]
    assert await woken(made, "unit-shop-0", SHORT) == []
    assert await woken(made, "application-shop", SHORT) == ["shop/1"]
    assert await woken(made, MODEL, NEVER) == ["shopping/0"]
    assert await woken(made, "unit-shop-0", None) == ["shop/0"]
    assert await woken(made, "application-shop", None) == ["shop/0", "shop/1"]
    assert await woken(made, MODEL, None) == ["shop/0", "shop/1", "shopping/0"]


async def test_a_units_policy_is_gone_with_it() -> None:
    """A unit added later is ruled by its application, and not by the policy of one removed before."""
    made = await make(repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN])))
    await made.add_unit("shop/0")
    await made.set_policy("application-shop", SHORT)
    await made.set_policy("unit-shop-0", NEVER)
    await made.remove_unit("shop/0")
    for unit in ("shop/0", "shop/1"):
        await made.add_unit(unit)
        held = made.fleet.policies.of(unit)
        assert held is not None
        assert (str(held.scope), held.policy) == ("application-shop", SHORT)


async def test_policies_outlive_a_restart() -> None:
    """A service on a store with policies rules by them."""
    store = repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN]))
    first = await make(store)
    await first.add_unit("shop/0")
    await first.set_policy(MODEL, SHORT)
    second = await make(store)
    assert second.fleet.policies.of("shop/0") == first.fleet.policies.of("shop/0")
    assert second.service.policies.everything(ADMIN)[1] == first.service.policies.everything(ADMIN)[1]


async def test_only_an_admin_sets_a_policy() -> None:
    """A status says what holds now, a policy for how long nobody can say otherwise; everybody may look."""
    made = await make(repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN])))
    with pytest.raises(errors.UnauthorizedError):
        await made.service.policies.set(WRITER, names.parse_tag(MODEL), SHORT)
    assert made.service.policies.everything(WRITER) == (0, [])


async def test_a_policy_is_of_units_applications_and_the_model() -> None:
    """A user or a machine has none."""
    made = await make(repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN])))
    with pytest.raises(
        refusals.Refusal, match="expected model, application or unit tag, got user tag user-bob"
    ):
        await made.service.policies.set(ADMIN, names.Tag(names.Kind.USER, "bob"), SHORT)
