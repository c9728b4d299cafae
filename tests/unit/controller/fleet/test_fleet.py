"""What is served from memory, and who is woken when it changes."""

import asyncio

import pytest

from harness import controller_bench, repository
from meterstatus import errors
from meterstatus.controller import settings, slices
from meterstatus.domain import names, status
from meterstatus.domain.fleet import records
from meterstatus.domain.hook import delivery_report, hook_call, outcome
from meterstatus.testing import virtual_time

ADMIN = records.User("admin", "", "", records.Access.ADMIN)
RED = status.MeterStatus("RED", "over budget")
SHOP_0 = names.Tag(names.Kind.UNIT, "shop/0")


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


async def make(store: repository.MemoryRepository) -> controller_bench.Started:
    """Start a service on a store."""
    return await controller_bench.start(store)


async def test_a_restart_serves_what_was_stored() -> None:
    """A service on a store that has units already serves them, and their application."""
    store = repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN]))
    first = await make(store)
    await first.add_unit("shop/0", RED)
    second = await make(store)
    assert second.fleet.units == first.fleet.units
    assert (second.fleet.revision, second.fleet.users) == (1, {"admin": ADMIN})
    await second.set_status("application-shop", status.MeterStatus("GREEN"))
    assert second.fleet.units["shop/0"].effective == status.MeterStatus("GREEN")


async def test_another_writers_change_is_served() -> None:
    """What somebody else wrote to the store is served and notified like an own change."""
    store = repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN]))
    made = await make(store)
    await made.add_unit("shop/0")
    watcher = made.fleet.watchers.watch("shop/0")
    await store.set_unit_status("shop/0", RED, records.Author("user-bob", virtual_time.START))
    assert made.fleet.units["shop/0"].effective == RED
    assert not isinstance(watcher.next(), asyncio.Future)


async def test_an_application_goes_with_its_last_unit() -> None:
    """An application is there as long as it has a unit."""
    made = await make(repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN])))
    await made.add_unit("shop/0")
    await made.remove_unit("shop/0")
    with pytest.raises(errors.NotFoundError, match='application "shop" not found'):
        await made.set_status("application-shop", RED)


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
    await made.add_unit("shop/0")
    backup = before.copy()
    await made.set_status("unit-shop-0", RED)
    await made.add_unit("till/0")
    watching = [made.fleet.watchers.watch(unit) for unit in ("shop/0", "till/0")]
    store.engine.lead_back(backup)
    await made.fleet.settled()
    assert list(made.fleet.units) == ["shop/0"]
    assert (made.fleet.units["shop/0"].status, made.fleet.revision) == (records.NOT_SET, 1)
    assert dict(made.fleet.applications) == {"shop": 1}
    assert not any(isinstance(watcher.next(), asyncio.Future) for watcher in watching)
    await made.set_status("unit-shop-0", RED)
    assert made.fleet.units["shop/0"].status == RED


async def test_a_unit_that_was_added_again_before_a_store_was_led_back_is_another() -> None:
    """What is known of one is not shown of the other, though they have one name."""
    before = repository.MemoryDatabase(users=[ADMIN])
    store = repository.MemoryRepository(before)
    made = await make(store)
    await made.add_unit("shop/0")
    backup = before.copy()
    await made.remove_unit("shop/0")
    await made.add_unit("shop/0")
    agent = records.Agent("shop/0", made.fleet.units["shop/0"].added)
    made.fleet.arrived(agent)
    made.fleet.left(agent)
    await made.service.agents.record_delivery(agent, SHOP_0, REPORT)
    assert made.fleet.presence.contact("shop/0") is not None
    assert made.fleet.hook_reports.of("shop/0") is not None
    store.engine.lead_back(backup)
    await made.fleet.settled()
    assert made.fleet.units["shop/0"].added == 1
    assert made.fleet.presence.contact("shop/0") is None
    assert made.fleet.hook_reports.of("shop/0") is None


async def test_a_report_that_a_led_back_store_lost_is_stored_when_it_comes_again() -> None:
    """What is known of it is shown, and does not count as stored."""
    before = repository.MemoryDatabase(users=[ADMIN])
    store = repository.MemoryRepository(before)
    made = await make(store)
    await made.add_unit("shop/0")
    backup = before.copy()
    agent = records.Agent("shop/0", made.fleet.units["shop/0"].added)
    await made.service.agents.record_delivery(agent, SHOP_0, REPORT)
    store.engine.lead_back(backup)
    await made.fleet.settled()
    assert made.fleet.hook_reports.of("shop/0") is not None
    assert not made.fleet.hook_reports.has("shop/0", REPORT.status)
    assert await store.deliveries() == []
    for _ in range(2):
        await made.service.agents.record_delivery(agent, SHOP_0, REPORT)
        assert [received.report for received in await store.deliveries()] == [REPORT]


async def test_what_changes_while_a_store_is_taken_anew_comes_after_it() -> None:
    """Until all is taken, nothing that was there is certain; the last time that it is led back counts."""
    before = repository.MemoryDatabase(users=[ADMIN])
    store = repository.MemoryRepository(before)
    made = await make(store)
    backup = before.copy()
    for number in range(2 * slices.SIZE):
        await made.add_unit(f"shop/{number}")
    full, known = before.copy(), dict(made.fleet.units)
    store.engine.lead_back(backup)
    assert made.fleet.units == known
    assert made.fleet.unconfirmed_for() > settings.Settings().store_silence
    store.engine.lead_back(full)
    author = records.Author("user-admin", made.clock.now(), "")
    await store.set_unit_status("shop/0", RED, author)
    await asyncio.sleep(0)
    assert made.fleet.units == known
    await made.fleet.settled()
    assert made.fleet.unconfirmed_for() == store.unconfirmed_for()
    assert made.fleet.units["shop/0"].status == RED
    assert len(made.fleet.units) == 2 * slices.SIZE


async def test_a_report_of_a_unit_that_goes_while_it_is_stored_is_not_the_next_ones() -> None:
    """One of the same name may have been added before the store has answered."""
    store = _SlowStore(repository.MemoryDatabase(users=[ADMIN]))
    made = await make(store)
    await made.add_unit("shop/0")
    reporting = asyncio.create_task(
        made.service.agents.record_delivery(records.Agent("shop/0", 1), SHOP_0, REPORT)
    )
    await asyncio.sleep(0)
    await made.remove_unit("shop/0")
    await made.add_unit("shop/0")
    store.answers.set()
    await reporting
    assert made.fleet.hook_reports.of("shop/0") is None


async def test_a_level_wakes_exactly_whom_it_tells_something_else() -> None:
    """A unit that is as bad already sleeps on; one that is added later is told the level as well."""
    store = repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN]))
    made = await make(store)
    for unit, code in (("shop/0", "GREEN"), ("shop/1", "RED"), ("till/0", "GREEN")):
        await made.add_unit(unit, status.MeterStatus(code, "over budget"))
    watching = {unit: made.fleet.watchers.watch(unit) for unit in made.fleet.units}
    author = records.Author("user-bob", virtual_time.START)
    await store.set_level(names.Tag(names.Kind.APPLICATION, "shop"), RED, author, made.fleet.revision)
    assert [unit for unit, each in watching.items() if not isinstance(each.next(), asyncio.Future)] == [
        "shop/0"
    ]
    await made.add_unit("shop/2")
    assert {unit: each.effective.code for unit, each in made.fleet.units.items()} == {
        "shop/0": "RED",
        "shop/1": "RED",
        "till/0": "GREEN",
        "shop/2": "RED",
    }


async def test_changes_are_logged_after_they_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """Each change is one line of the log; of very many at once, only how many."""
    caplog.set_level("INFO")
    store = repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN]))
    made = await make(store)
    for number in range(21):
        await made.add_unit(f"shop/{number}")
    await made.set_status("unit-shop-0", RED, "invoice 7")
    await made.set_status("application-shop", status.MeterStatus("AMBER"))
    await asyncio.sleep(0)
    lines = [record.getMessage() for record in caplog.records]
    assert "revision 22: user-admin set shop/0 RED 'over budget' because 'invoice 7'" in lines
    assert lines[-1] == "revisions 23 to 43: 21 changes"
