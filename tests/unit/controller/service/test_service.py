"""The use cases, where facades do not show them."""

import asyncio
import datetime

import pytest

from harness import repository
from meterstatus import errors
from meterstatus.controller.service import service
from meterstatus.domain import policy, status
from meterstatus.domain.fleet import records
from meterstatus.testing import manual_clock, virtual_time

ADMIN = records.User("admin", "", "", records.Access.ADMIN)
RED = status.MeterStatus("RED", "over budget")
MODEL = f"model-{repository.IDENTITY.model_uuid}"
SHORT = policy.amber_red(datetime.timedelta(seconds=10), datetime.timedelta(seconds=20))
NEVER = policy.amber_red(None, None)


async def make(store: repository.MemoryRepository) -> service.Service:
    """Start a service on a store."""
    made = service.Service(store, manual_clock.ManualClock())
    await made.start()
    return made


async def test_since_is_the_time_of_the_change() -> None:
    """A status' time is the clock's when it was set, and setting the same again does not move it."""
    clock = manual_clock.ManualClock()
    made = service.Service(repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN])), clock)
    await made.start()
    await made.add_unit(ADMIN, "shop/0", None)
    await clock.advance(datetime.timedelta(hours=1))
    await made.set_status(ADMIN, "unit-shop-0", RED)
    await clock.advance(datetime.timedelta(hours=1))
    await made.set_status(ADMIN, "unit-shop-0", RED)
    assert made.units["shop/0"].since == virtual_time.START + datetime.timedelta(hours=1)


async def woken(made: service.Service, tag: str, wanted: policy.Policy | None) -> list[str]:
    """Set a policy or take it away, and return the units whose watchers have an event then."""
    watchers = {unit: made.watchers.watch(unit) for unit in made.units}
    await made.set_policy(ADMIN, tag, wanted)
    found = [unit for unit, watcher in watchers.items() if not isinstance(watcher.next(), asyncio.Future)]
    for watcher in watchers.values():
        watcher.stop()
    return found


async def test_a_policy_wakes_exactly_whom_it_rules() -> None:
    """Set, changed or taken away, a policy is told to the units that it rules and to no other."""
    made = await make(repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN])))
    for unit in ("shop/0", "shop/1", "shopping/0", "till/0"):
        await made.add_unit(ADMIN, unit, None)
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
    await made.add_unit(ADMIN, "shop/0", None)
    await made.set_policy(ADMIN, "application-shop", SHORT)
    await made.set_policy(ADMIN, "unit-shop-0", NEVER)
    await made.remove_unit(ADMIN, "shop/0")
    for unit in ("shop/0", "shop/1"):
        await made.add_unit(ADMIN, unit, None)
        held = made.rulings.of(unit)
        assert held is not None
        assert (str(held.scope), held.policy) == ("application-shop", SHORT)


async def test_policies_outlive_a_restart() -> None:
    """A service on a store with policies rules by them."""
    store = repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN]))
    first = await make(store)
    await first.add_unit(ADMIN, "shop/0", None)
    await first.set_policy(ADMIN, MODEL, SHORT)
    second = await make(store)
    assert second.rulings.of("shop/0") == first.rulings.of("shop/0")
    assert second.policies(ADMIN) == first.policies(ADMIN)


async def test_changes_are_logged_after_they_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """Each change is one line of the log; of very many at once, only how many."""
    caplog.set_level("INFO")
    store = repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN]))
    made = await make(store)
    for number in range(21):
        await made.add_unit(ADMIN, f"shop/{number}", None)
    await made.set_status(ADMIN, "unit-shop-0", RED, "invoice 7")
    await made.set_status(ADMIN, "application-shop", status.MeterStatus("AMBER"))
    await asyncio.sleep(0)
    lines = [record.getMessage() for record in caplog.records]
    assert "revision 22: user-admin set shop/0 RED 'over budget' because 'invoice 7'" in lines
    assert lines[-1] == "revisions 23 to 43: 21 changes"


async def test_jujus_call_is_guarded() -> None:
    """It cannot say that it is meant; only units that are not RED yet count, and milder codes do not."""
    made = await make(repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN])))
    for number in range(6):
        await made.add_unit(ADMIN, f"shop/{number}", None)
    await made.set_status(ADMIN, "application-shop", status.MeterStatus("AMBER"))
    with pytest.raises(errors.BlastRadiusError):
        await made.set_status(ADMIN, "application-shop", RED)
    await made.set_status(ADMIN, "unit-shop-0", RED)
    await made.set_status(ADMIN, "application-shop", RED)
    assert {each.effective for each in made.units.values()} == {RED}
