"""A controller that cannot see its store, on virtual time."""

import asyncio
import contextlib
import datetime
import logging
from collections.abc import AsyncGenerator

import pytest

from meterstatus import errors
from meterstatus.controller.jobs import store_health
from meterstatus.testing import virtual_time

LIMIT = datetime.timedelta(seconds=15)
SECOND = datetime.timedelta(seconds=1)


class Bench:
    """A contact whose store is as uncertain as the test says."""

    def __init__(self, clock: virtual_time.VirtualClock) -> None:
        self.unconfirmed = datetime.timedelta()
        self.lost = 0
        self.contact = store_health.StoreHealth(lambda: self.unconfirmed, clock, LIMIT)

    def lose(self) -> None:
        """Count a loss."""
        self.lost += 1


@contextlib.asynccontextmanager
async def running(clock: virtual_time.VirtualClock) -> AsyncGenerator[Bench]:
    """Look for as long as the context lasts."""
    bench = Bench(clock)
    looking = asyncio.ensure_future(bench.contact.run(bench.lose))
    yield bench
    looking.cancel()
    await asyncio.wait([looking])


@virtual_time.virtual
async def test_what_is_uncertain_for_a_while_is_still_served() -> None:
    """Up to the limit nobody is refused, and nobody is let go."""
    clock = virtual_time.VirtualClock()
    async with running(clock) as bench:
        bench.unconfirmed = LIMIT
        await clock.advance(60 * SECOND)
        bench.contact.require()
        assert (bench.contact.is_there(), bench.lost) == (True, 0)


@virtual_time.virtual
async def test_beyond_the_limit_nobody_is_served() -> None:
    """A request is refused at once, with words that say "try again" to an agent, and the idle are let go."""
    clock = virtual_time.VirtualClock()
    async with running(clock) as bench:
        bench.unconfirmed = LIMIT + 0.001 * SECOND
        assert not bench.contact.is_there()
        with pytest.raises(errors.StoreUnavailableError, match="cannot reach its database") as raised:
            bench.contact.require()
        assert raised.value.code == "try again"
        await clock.advance(LIMIT / 3)
        assert bench.lost == 1
        await clock.advance(LIMIT / 3)
        assert bench.lost == 2  # whoever came in between goes too


@virtual_time.virtual
async def test_the_store_that_is_back_is_served_again(caplog: pytest.LogCaptureFixture) -> None:
    """Both are said once in the log, and nobody is let go any more."""
    clock = virtual_time.VirtualClock()
    with caplog.at_level(logging.WARNING):
        async with running(clock) as bench:
            bench.unconfirmed = 2 * LIMIT
            await clock.advance(3 * LIMIT)
            bench.unconfirmed = SECOND
            lost = bench.lost
            await clock.advance(3 * LIMIT)
            bench.contact.require()
            assert bench.lost == lost
    assert [record.message for record in caplog.records] == [
        "the database cannot be reached for 30 s: nobody is served meanwhile",
        "the database is back, and so is everybody who is let in",
    ]
