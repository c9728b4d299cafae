"""The use cases, where facades do not show them."""

import asyncio
import datetime

import pytest

from meterstatus import errors
from meterstatus.controller import service
from meterstatus.domain import fleet, status
from meterstatus.testing import manual_clock, repository, virtual_time

ADMIN = fleet.User("admin", "", "", fleet.Access.ADMIN)
RED = status.MeterStatus("RED", "over budget")


async def make(store: repository.MemoryRepository) -> service.Service:
    """Start a service on a store."""
    made = service.Service(store, manual_clock.ManualClock())
    await made.start()
    return made


async def test_a_restart_serves_what_was_stored() -> None:
    """A service on a store that has units already serves them, and their application."""
    store = repository.MemoryRepository(users=[ADMIN])
    first = await make(store)
    await first.add_unit(ADMIN, "shop/0", RED)
    second = await make(store)
    assert second.units == first.units
    assert (second.revision, second.users) == (1, {"admin": ADMIN})
    await second.set_status(ADMIN, "application-shop", status.MeterStatus("GREEN"))
    assert second.units["shop/0"].effective == status.MeterStatus("GREEN")


async def test_another_writers_change_is_served() -> None:
    """What somebody else wrote to the store is served and notified like an own change."""
    store = repository.MemoryRepository(users=[ADMIN])
    made = await make(store)
    await made.add_unit(ADMIN, "shop/0", None)
    watcher = made.watchers.watch("shop/0")
    await store.set_unit_status("shop/0", RED, fleet.Author("user-bob", virtual_time.START))
    assert made.units["shop/0"].effective == RED
    assert not isinstance(watcher.next(), asyncio.Future)


async def test_since_is_the_time_of_the_change() -> None:
    """A status' time is the clock's when it was set, and setting the same again does not move it."""
    clock = manual_clock.ManualClock()
    made = service.Service(repository.MemoryRepository(users=[ADMIN]), clock)
    await made.start()
    await made.add_unit(ADMIN, "shop/0", None)
    await clock.advance(datetime.timedelta(hours=1))
    await made.set_status(ADMIN, "unit-shop-0", RED)
    await clock.advance(datetime.timedelta(hours=1))
    await made.set_status(ADMIN, "unit-shop-0", RED)
    assert made.units["shop/0"].since == virtual_time.START + datetime.timedelta(hours=1)


async def test_an_application_goes_with_its_last_unit() -> None:
    """An application is there as long as it has a unit."""
    made = await make(repository.MemoryRepository(users=[ADMIN]))
    await made.add_unit(ADMIN, "shop/0", None)
    await made.remove_unit(ADMIN, "shop/0")
    with pytest.raises(errors.NotFoundError, match='application "shop" not found'):
        await made.set_status(ADMIN, "application-shop", RED)


async def test_changes_are_logged_after_they_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """Each change is one line of the log; of very many at once, only how many."""
    caplog.set_level("INFO")
    store = repository.MemoryRepository(users=[ADMIN])
    made = await make(store)
    for number in range(21):
        await made.add_unit(ADMIN, f"shop/{number}", None)
    await made.set_status(ADMIN, "unit-shop-0", RED, "invoice 7")
    await made.set_status(ADMIN, "application-shop", status.MeterStatus("AMBER"))
    await asyncio.sleep(0)
    lines = [record.getMessage() for record in caplog.records]
    assert "revision 22: user-admin set shop/0 RED 'over budget' because 'invoice 7'" in lines
    assert lines[-1] == "revisions 23 to 43: 21 changes"


async def test_a_store_that_fails_at_the_start_is_told() -> None:
    """A service does not start on a store that fails."""
    store = repository.MemoryRepository()
    await store.close()
    with pytest.raises(errors.StoreUnavailableError):
        await make(store)
