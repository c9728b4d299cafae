"""The background task that removes what is kept long enough."""

import asyncio
import contextlib
import datetime
import logging
from collections.abc import AsyncGenerator

import pytest

from harness import repository
from meterstatus import errors
from meterstatus.controller.jobs import pruning
from meterstatus.domain import status
from meterstatus.domain.fleet import records, retention
from meterstatus.testing import virtual_time

DAY = datetime.timedelta(days=1)
KEEP = retention.Retention(history=DAY)


@contextlib.asynccontextmanager
async def running(
    store: repository.MemoryRepository, clock: virtual_time.VirtualClock
) -> AsyncGenerator[None]:
    task = asyncio.ensure_future(pruning.Pruner(store, clock, KEEP).run())
    yield
    task.cancel()


async def fill(store: repository.MemoryRepository, clock: virtual_time.VirtualClock, changes: int) -> None:
    """Make an old history of one unit."""
    author = records.Author("user-bob", clock.now())
    await store.add_unit("shop/0", "", records.NOT_SET, author)
    for number in range(changes - 1):
        wanted = status.MeterStatus("RED", f"{number}")
        await store.set_unit_status("shop/0", wanted, author)


@virtual_time.virtual
async def test_old_changes_go_in_batches(caplog: pytest.LogCaptureFixture) -> None:
    """Minutes after the start all that is old goes, with a pause after each thousand, and is logged."""
    caplog.set_level(logging.INFO)
    clock, store = virtual_time.VirtualClock(), repository.MemoryRepository()
    await fill(store, clock, 2502)
    await clock.advance(DAY)
    async with running(store, clock):
        await clock.advance(pruning.FIRST)
        await virtual_time.settle()
        assert len(await store.history(limit=5000)) == 1502
        await clock.advance(3 * pruning.PAUSE)
        await virtual_time.settle()
        # What added the unit, and what made its status.
        assert [change.revision for change in await store.history(limit=5000)] == [2502, 1]
        assert await store.removed_up_to() == 2501
    assert "removed 2500 changes and 0 reports that were kept long enough" in caplog.text


FAILURES = [errors.StoreUnavailableError("no disk"), errors.OutcomeUnknownError("no disk")]


@pytest.mark.parametrize("failure", FAILURES)
@virtual_time.virtual
async def test_a_store_that_fails_is_tried_again(
    caplog: pytest.LogCaptureFixture, failure: errors.StoreError
) -> None:
    """An hour later, and it is logged once; the task goes on."""
    clock, store = virtual_time.VirtualClock(), repository.MemoryRepository()
    await fill(store, clock, 3)
    await clock.advance(DAY)
    store.engine.failure = failure
    async with running(store, clock):
        await clock.advance(pruning.FIRST + 2 * pruning.PERIOD)
        await virtual_time.settle()
        said = "old history is not removed, which is tried again every hour: no disk"
        assert caplog.text.count(said) == 1
        store.engine.failure = None
        assert len(await store.history()) == 3
        await clock.advance(pruning.PERIOD)
        await virtual_time.settle()
        assert len(await store.history()) == 2
        await clock.advance(pruning.PAUSE)
        await virtual_time.settle()
        assert caplog.text.count("old history is removed again") == 1
