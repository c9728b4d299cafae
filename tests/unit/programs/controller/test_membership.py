"""Controllers on one database hear of each other, and tell agents."""

import asyncio
import contextlib

import pytest

from harness import controller_bench, postgres, repository
from meterstatus.adapters.files import database_file
from meterstatus.controller import front as fronts
from meterstatus.controller import settings
from meterstatus.programs.controller import membership
from meterstatus.testing import manual_clock


async def serve(url: str, port: int, stack: contextlib.AsyncExitStack) -> fronts.Front:
    """Serve a controller of a database; without a network."""
    of = database_file.DatabaseFile(repository.IDENTITY.controller_uuid, url, (f"ctl{port}.example",), port)
    store, meet = await membership.open_store(of)
    stack.push_async_callback(store.close)
    clock = manual_clock.ManualClock()
    made = await controller_bench.start(store, clock)
    front = fronts.Front(made.fleet, made.service, clock, settings.Settings())
    front.reached_at(port, of.hosts)
    await stack.enter_async_context(meet(front, port))
    await stack.enter_async_context(front.running())
    return front


def places(front: fronts.Front) -> list[str]:
    """Return where a front says that the controllers are, the one of each machine after the other."""
    machines = front._shared.place.machines  # pyright: ignore[reportPrivateUsage]
    return [f"{place.value}:{place.port}" for machine in machines for place in machine]


async def test_each_login_is_told_of_all(monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    """A controller names itself first; the first of two hears of the second within its period."""
    monkeypatch.setattr(membership, "ANNOUNCE_SECONDS", 0.05)
    async with contextlib.AsyncExitStack() as stack:
        one = await serve(postgres_url, 1, stack)
        two = await serve(postgres_url, 2, stack)
        assert places(two) == ["ctl2.example:2", "ctl1.example:1"]
        async with asyncio.timeout(15):
            while len(places(one)) < 2:  # noqa: ASYNC110 - the other's announcement
                await asyncio.sleep(0.02)
        assert places(one) == ["ctl1.example:1", "ctl2.example:2"]


async def test_a_database_that_fails_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    postgres_server: postgres.Server,
    postgres_url: str,
) -> None:
    """And so is that it works again; where the others were before is what agents are told meanwhile."""
    monkeypatch.setattr(membership, "ANNOUNCE_SECONDS", 0.02)
    database = postgres_url.rpartition("/")[2].partition("?")[0]
    async with contextlib.AsyncExitStack() as stack:
        await serve(postgres_url, 1, stack)
        two = await serve(postgres_url, 2, stack)
        for change, line in (
            ("neighbours RENAME TO elsewhere", "is not heard: the database failed: "),
            ("elsewhere RENAME TO neighbours", "is heard again"),
        ):
            caplog.clear()
            await asyncio.to_thread(postgres_server.sql, f"ALTER TABLE {change}", database)
            async with asyncio.timeout(15):
                while caplog.text.count(line) < 2:  # noqa: ASYNC110 - the other's announcement
                    await asyncio.sleep(0.02)
            assert places(two) == ["ctl2.example:2", "ctl1.example:1"]
