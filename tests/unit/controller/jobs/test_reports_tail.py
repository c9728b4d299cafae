"""What agents report to one controller, and another one shows."""

import asyncio
import dataclasses

import pytest

from harness import controller_bench, repository
from meterstatus import errors
from meterstatus.controller.jobs import reports_tail
from meterstatus.domain.fleet import records
from meterstatus.domain.hook import delivery_report, outcome
from meterstatus.ports import repository as repositories
from meterstatus.testing import manual_clock
from tests.unit.domain.hook import test_delivery_report

AT = test_delivery_report.AT
FAILED = outcome.HookOutcome(outcome.HookResult.FAILED, 1)


def received(attempt: int, unit: str = "shop/0") -> delivery_report.ReceivedReport:
    """Return a report of an attempt, every second of which failed."""
    report = dataclasses.replace(test_delivery_report.REPORT, attempt=attempt)
    if attempt % 2:
        report = dataclasses.replace(report, outcome=FAILED)
    return delivery_report.ReceivedReport(unit, AT, report)


class Behind(repository.MemoryRepository):
    """A store whose changes are told when somebody asks for them."""

    def __init__(self, on: repository.MemoryDatabase) -> None:
        super().__init__(on)
        self._updates: list[records.Update] = []
        self._follower: repositories.Follower = self._updates.extend

    async def follow(
        self, follower: repositories.Follower, reloaded: repositories.Reloaded = repositories.ignore
    ) -> records.Fleet:
        """Keep what is told."""
        self._follower = follower
        return await super().follow(self._updates.extend, reloaded)

    async def catch_up(self) -> None:
        """Tell it."""
        if self._updates:
            self._follower(tuple(self._updates))
        self._updates.clear()


async def another(bench: controller_bench.Bench) -> controller_bench.Started:
    """Start a second controller on the bench's database."""
    return await controller_bench.start(repository.MemoryRepository(bench.stored), bench.clock)


async def test_a_report_to_another_controller_is_seen_within_seconds(bench: controller_bench.Bench) -> None:
    """It is shown without a restart, with what was told before it."""
    second = await another(bench)
    clock = manual_clock.ManualClock()
    async with reports_tail.ReportsTail(second.fleet, second.store, clock).running():
        for attempt in (2, 3):
            await bench.store.record_delivery(received(attempt))
        await asyncio.sleep(0)
        assert second.fleet.hook_reports.of("shop/0") is None
        await clock.advance(reports_tail.PERIOD)
        assert (second.fleet.hook_reports.of("shop/0"), second.fleet.hook_reports.before("shop/0")) == (
            received(3),
            received(2),
        )


async def test_much_is_read_in_parts(bench: controller_bench.Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it at the first look, and each report once; reports of units that are gone are passed over."""
    monkeypatch.setattr(reports_tail, "PART", 2)
    second = await another(bench)
    for attempt in range(1, 6):
        await bench.store.record_delivery(received(attempt))
    await bench.store.record_delivery(received(6, "shop/1"))
    await second.remove_unit("shop/1")
    tail = reports_tail.ReportsTail(second.fleet, second.store, bench.clock)
    await tail.read()
    assert (second.fleet.hook_reports.of("shop/0"), second.fleet.hook_reports.of("shop/1")) == (
        received(5),
        None,
    )
    second.fleet.hook_reports.forget("shop/0")
    await tail.read()
    assert (second.fleet.hook_reports.of("shop/0"), second.fleet.hook_reports.up_to) == (None, 6)


async def test_a_report_of_a_unit_that_is_not_known_yet_is_kept(bench: controller_bench.Bench) -> None:
    """It was added and told between two looks at the changes."""
    second = await controller_bench.start(Behind(bench.stored), bench.clock)
    await bench.service.units.add(bench.fleet.users["admin"], "shop/7", None)
    await bench.store.record_delivery(received(2, "shop/7"))
    assert "shop/7" not in second.fleet.units
    await reports_tail.ReportsTail(second.fleet, second.store, bench.clock).read()
    assert second.fleet.hook_reports.of("shop/7") == received(2, "shop/7")


async def test_a_database_that_was_led_back_is_read_anew(bench: controller_bench.Bench) -> None:
    """What is not there any more is not shown any more."""
    for attempt in (2, 4):
        await bench.store.record_delivery(received(attempt))
    second = await another(bench)
    bench.stored.connection.execute("DELETE FROM deliveries")
    bench.stored.connection.execute("DELETE FROM sqlite_sequence WHERE name = 'deliveries'")
    await bench.store.record_delivery(received(2))
    await reports_tail.ReportsTail(second.fleet, second.store, bench.clock).read()
    assert (second.fleet.hook_reports.of("shop/0"), second.fleet.hook_reports.up_to) == (received(2), 1)


async def test_a_store_that_fails_costs_freshness_alone(bench: controller_bench.Bench) -> None:
    """What came meanwhile is seen once it is back."""
    second, clock = await another(bench), manual_clock.ManualClock()
    await bench.store.record_delivery(received(2))
    store = second.store
    assert isinstance(store, repository.MemoryRepository)
    async with reports_tail.ReportsTail(second.fleet, second.store, clock).running():
        await asyncio.sleep(0)
        store.engine.failure = errors.StoreUnavailableError("the database is gone")
        await clock.advance(reports_tail.PERIOD)
        store.engine.failure = None
        await clock.advance(reports_tail.PERIOD)
        assert second.fleet.hook_reports.of("shop/0") == received(2)
