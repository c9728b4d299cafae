"""What is served from memory, and who is woken when it changes."""

import asyncio

import pytest

from harness import repository
from meterstatus import errors
from meterstatus.controller import settings, slices
from meterstatus.controller.service import service
from meterstatus.domain import names, status
from meterstatus.domain.fleet import records
from meterstatus.domain.hook import delivery_report, hook_call, outcome
from meterstatus.testing import manual_clock, virtual_time

ADMIN = records.User("admin", "", "", records.Access.ADMIN)
RED = status.MeterStatus("RED", "over budget")


REPORT = delivery_report.DeliveryReport(
    delivery_id="1a-1",
    attempt=1,
    hook=hook_call.HookKind.CHANGED,
    status=RED,
    origin=hook_call.Origin.CONTROLLER,
    outcome=outcome.HookOutcome(outcome.HookResult.RAN),
    ended_at=virtual_time.START,
)


class _SlowStore(repository.MemoryRepository):
    """Takes a report at once and says so later."""

    def __init__(self, database: repository.MemoryDatabase) -> None:
        super().__init__(database)
        self.answers = asyncio.Event()

    async def record_delivery(
        self, received: delivery_report.ReceivedReport, added: int | None = None
    ) -> None:
        await super().record_delivery(received, added)
        await self.answers.wait()


async def make(store: repository.MemoryRepository) -> service.Service:
    """Start a service on a store."""
    made = service.Service(store, manual_clock.ManualClock())
    await made.start()
    return made


async def test_a_restart_serves_what_was_stored() -> None:
    """A service on a store that has units already serves them, and their application."""
    store = repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN]))
    first = await make(store)
    await first.add_unit(ADMIN, "shop/0", RED)
    second = await make(store)
    assert second.units == first.units
    assert (second.revision, second.users) == (1, {"admin": ADMIN})
    await second.set_status(ADMIN, "application-shop", status.MeterStatus("GREEN"))
    assert second.units["shop/0"].effective == status.MeterStatus("GREEN")


async def test_another_writers_change_is_served() -> None:
    """What somebody else wrote to the store is served and notified like an own change."""
    store = repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN]))
    made = await make(store)
    await made.add_unit(ADMIN, "shop/0", None)
    watcher = made.watchers.watch("shop/0")
    await store.set_unit_status("shop/0", RED, records.Author("user-bob", virtual_time.START))
    assert made.units["shop/0"].effective == RED
    assert not isinstance(watcher.next(), asyncio.Future)


async def test_an_application_goes_with_its_last_unit() -> None:
    """An application is there as long as it has a unit."""
    made = await make(repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN])))
    await made.add_unit(ADMIN, "shop/0", None)
    await made.remove_unit(ADMIN, "shop/0")
    with pytest.raises(errors.NotFoundError, match='application "shop" not found'):
        await made.set_status(ADMIN, "application-shop", RED)


async def test_a_store_that_fails_at_the_start_is_told() -> None:
    """A service does not start on a store that fails."""
    store = repository.MemoryRepository()
    await store.close()
    with pytest.raises(errors.StoreUnavailableError):
        await make(store)


async def test_a_store_that_was_led_back_is_served_anew() -> None:
    """What the store has now is served, and every unit's watchers, those of units gone included, are told."""
    before = repository.MemoryDatabase(users=[ADMIN])
    store = repository.MemoryRepository(before)
    made = await make(store)
    await made.add_unit(ADMIN, "shop/0", None)
    backup = before.copy()
    await made.set_status(ADMIN, "unit-shop-0", RED)
    await made.add_unit(ADMIN, "till/0", None)
    watching = [made.watchers.watch(unit) for unit in ("shop/0", "till/0")]
    store.engine.lead_back(backup)
    await made.settled()
    assert list(made.units) == ["shop/0"]
    assert (made.units["shop/0"].status, made.revision) == (records.NOT_SET, 1)
    assert dict(made.applications) == {"shop": 1}
    assert not any(isinstance(watcher.next(), asyncio.Future) for watcher in watching)
    await made.set_status(ADMIN, "unit-shop-0", RED)
    assert made.units["shop/0"].status == RED


async def test_a_unit_that_was_added_again_before_a_store_was_led_back_is_another() -> None:
    """What is known of one is not shown of the other, though they have one name."""
    before = repository.MemoryDatabase(users=[ADMIN])
    store = repository.MemoryRepository(before)
    made = await make(store)
    await made.add_unit(ADMIN, "shop/0", None)
    backup = before.copy()
    await made.remove_unit(ADMIN, "shop/0")
    await made.add_unit(ADMIN, "shop/0", None)
    agent = records.Agent("shop/0", made.units["shop/0"].added)
    made.arrived(agent)
    made.left(agent)
    await made.record_delivery(agent, REPORT)
    assert made.presence.contact("shop/0") is not None
    assert made.delivered.of("shop/0") is not None
    store.engine.lead_back(backup)
    await made.settled()
    assert made.units["shop/0"].added == 1
    assert made.presence.contact("shop/0") is None
    assert made.delivered.of("shop/0") is None


async def test_a_report_that_a_led_back_store_lost_is_stored_when_it_comes_again() -> None:
    """What is known of it is shown, and does not count as stored."""
    before = repository.MemoryDatabase(users=[ADMIN])
    store = repository.MemoryRepository(before)
    made = await make(store)
    await made.add_unit(ADMIN, "shop/0", None)
    backup = before.copy()
    agent = records.Agent("shop/0", made.units["shop/0"].added)
    await made.record_delivery(agent, REPORT)
    store.engine.lead_back(backup)
    await made.settled()
    assert made.delivered.of("shop/0") is not None
    assert not made.delivered.has("shop/0", REPORT.status)
    assert await store.deliveries() == []
    for _ in range(2):
        await made.record_delivery(agent, REPORT)
        assert [received.report for received in await store.deliveries()] == [REPORT]


async def test_what_changes_while_a_store_is_taken_anew_comes_after_it() -> None:
    """Until all is taken, nothing that was there is certain; the last time that it is led back counts."""
    before = repository.MemoryDatabase(users=[ADMIN])
    store = repository.MemoryRepository(before)
    made = await make(store)
    backup = before.copy()
    for number in range(2 * slices.SIZE):
        await made.add_unit(ADMIN, f"shop/{number}", None)
    full, known = before.copy(), dict(made.units)
    store.engine.lead_back(backup)
    assert made.units == known
    assert made.unconfirmed_for() > settings.Settings().store_silence
    store.engine.lead_back(full)
    author = records.Author("user-admin", made.now(), "")
    await store.set_unit_status("shop/0", RED, author)
    await asyncio.sleep(0)
    assert made.units == known
    await made.settled()
    assert made.unconfirmed_for() == store.unconfirmed_for()
    assert made.units["shop/0"].status == RED
    assert len(made.units) == 2 * slices.SIZE


async def test_a_report_of_a_unit_that_goes_while_it_is_stored_is_not_the_next_ones() -> None:
    """One of the same name may have been added before the store has answered."""
    store = _SlowStore(repository.MemoryDatabase(users=[ADMIN]))
    made = await make(store)
    await made.add_unit(ADMIN, "shop/0", None)
    reporting = asyncio.create_task(made.record_delivery(records.Agent("shop/0", 1), REPORT))
    await asyncio.sleep(0)
    await made.remove_unit(ADMIN, "shop/0")
    await made.add_unit(ADMIN, "shop/0", None)
    store.answers.set()
    await reporting
    assert made.delivered.of("shop/0") is None


async def test_a_level_wakes_exactly_whom_it_tells_something_else() -> None:
    """A unit that is as bad already sleeps on; one that is added later is told the level as well."""
    store = repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN]))
    made = await make(store)
    for unit, code in (("shop/0", "GREEN"), ("shop/1", "RED"), ("till/0", "GREEN")):
        await made.add_unit(ADMIN, unit, status.MeterStatus(code, "over budget"))
    watching = {unit: made.watchers.watch(unit) for unit in made.units}
    author = records.Author("user-bob", virtual_time.START)
    await store.set_level(names.Tag(names.Kind.APPLICATION, "shop"), RED, author, made.revision)
    assert [unit for unit, each in watching.items() if not isinstance(each.next(), asyncio.Future)] == [
        "shop/0"
    ]
    await made.add_unit(ADMIN, "shop/2", None)
    assert {unit: each.effective.code for unit, each in made.units.items()} == {
        "shop/0": "RED",
        "shop/1": "RED",
        "till/0": "GREEN",
        "shop/2": "RED",
    }
