"""What ends in the simulated controllers' database is judged as it does, and by no clock of the product."""

import asyncio
import datetime

from harness import repository
from harness.simulation import chronicle, ledger, story
from meterstatus.domain import status
from meterstatus.domain.fleet import records
from meterstatus.testing import virtual_time

GREEN, RED = status.MeterStatus("GREEN", ""), status.MeterStatus("RED", "shop/0 for a time 1")


def instant(at: float) -> datetime.datetime:
    return virtual_time.START + datetime.timedelta(seconds=at)


def author(why: str = "") -> records.Author:
    return records.Author("user-admin", instant(story.now()), why)


class Followed:
    """A database in which one unit is RED for ten minutes, and who follows it."""

    def __init__(self) -> None:
        self.log = story.Story()
        self.held = repository.MemoryDatabase()
        self.store = repository.MemoryRepository(self.held)
        self.well_since = 0.0
        self.chronicle = chronicle.Chronicle(self.log, lambda: [self.well_since], self.held)

    async def set(self) -> None:
        """Set it."""
        await self.store.add_unit("shop/0", "", GREEN, author())
        why = ledger.reason(600)
        await self.store.set_statuses(["shop/0"], RED, author(why), self.held.newest, instant(600))


@virtual_time.virtual
async def test_an_end_in_time_is_told_and_not_accused() -> None:
    """The story has it, and what the unit has is known by the change and not by its answer."""
    of = Followed()
    await of.set()
    await asyncio.sleep(600)
    of.chronicle.look()
    assert of.chronicle.said == {"shop/0": RED}
    await of.store.end_due(instant(600))
    assert of.chronicle.said == {"shop/0": GREEN}
    assert (of.chronicle.changed_at, of.log.violations) == ({"shop/0": story.now()}, [])
    assert "the time of" in of.log.lines[-1]


@virtual_time.virtual
async def test_an_end_that_does_not_come() -> None:
    """It is accused where a controller could have done it, and once one can."""
    of = Followed()
    await of.set()
    of.well_since = float("inf")
    await asyncio.sleep(650)
    of.chronicle.look()
    assert of.log.violations == []
    of.well_since = 610.0
    of.chronicle.look()
    assert of.log.violations[0].startswith("ends in time")


@virtual_time.virtual
async def test_an_end_by_a_clock_that_is_fast() -> None:
    """What ends a minute early is accused, whatever time the controller says that it is."""
    of = Followed()
    await of.set()
    await asyncio.sleep(540)
    await of.store.end_due(instant(600))
    assert of.log.violations[0].startswith("what is set")


@virtual_time.virtual
async def test_what_was_to_stay() -> None:
    """What stands from before, and is to end although it was set to stay, is accused; a later one is not."""
    of = Followed()
    await of.set()
    before = of.held.newest
    of.chronicle.stays(["shop/1"], before)
    of.chronicle.stays(["shop/0"], before - 1)
    assert of.log.violations == []
    of.chronicle.stays(["shop/0"], before)
    assert of.log.violations[0].startswith("what stays")


@virtual_time.virtual
async def test_an_older_database_is_read_anew() -> None:
    """What stands in a backup ends by it, and what fell due before it was put back has a little time."""
    of = Followed()
    await of.set()
    backup = of.held.copy()
    await of.store.set_unit_status("shop/0", RED, author())
    await asyncio.sleep(700)
    of.chronicle.begin_anew(backup)
    of.chronicle.look()
    await repository.MemoryRepository(backup).end_due(instant(700))
    assert of.log.violations == []
    assert "the time of" in of.log.lines[-1]
