"""For how long one request keeps the controller's loop from everybody else, on a fleet of ten thousand units.

The controller is in this process, with its repository in memory; a task that does nothing but take its turn
says how much of the processor went by between two turns. Decoding the request and encoding the answer are
counted with the rest, TLS is not. Changes of all units are made on SQLite as well, whose thread is not
counted, with somebody who waits to hear of each unit; with ``DATABASE_URL`` set they are made on that
PostgreSQL, which may have nothing in it. Usage: held_loop.py [UNITS]
"""

import asyncio
import contextlib
import gc
import json
import os
import pathlib
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from harness import controller_bench, rpc
from harness import repository as fakes
from meterstatus.adapters.sql import postgres, sqlite
from meterstatus.controller.fleet import dry_run
from meterstatus.domain import names, status
from meterstatus.domain.fleet import blast_radius, records
from meterstatus.ports import repository as repositories
from meterstatus.ports import transport
from meterstatus.runtime import clock

LIMIT_MS = 20.0


class Ticker:
    """Takes its turn for ever, and keeps the longest time between two of them."""

    def __init__(self) -> None:
        self.longest_ms = 0.0

    async def run(self) -> None:
        """Take turns."""
        last = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            self.longest_ms = max(self.longest_ms, (now - last) * 1000)
            last = now


def requests(units: int) -> list[tuple[str, str, int, str, dict[str, Any]]]:
    """Return what is asked: a title, a facade, a version, a method and params."""
    tags = [f"unit-app{number % 100}x-{number}" for number in range(units)]
    names = [f"app{number % 100}x/{number}" for number in range(units)]
    most = min(units, 10_000)
    return [
        ("status", "MeterStatusAdmin", 1, "Status", {}),
        ("status of 9,000 names", "MeterStatusAdmin", 1, "Status", {"patterns": names[:9000]}),
        (
            "status of 50 patterns",
            "MeterStatusAdmin",
            1,
            "Status",
            {"patterns": [f"*{n}*z" for n in range(50)]},
        ),
        ("history", "MeterStatusAdmin", 1, "History", {"limit": 10_000}),
        ("full status", "Client", 6, "FullStatus", {}),
        ("whole model", "AllWatcher", 3, "Next", {}),
        (
            "preview of a change of all",
            "MeterStatusAdmin",
            1,
            "SetStatuses",
            {"tags": tags[:most], "code": "RED", "is-preview": True},
        ),
        (
            "4 MB of escapes",
            "MeterStatusAdmin",
            1,
            "SetStatuses",
            {"tags": tags[:1], "reason": '"' * 2_090_000},
        ),
        (
            "4 MB of escapes, odd key",
            "MeterStatusAdmin",
            1,
            "SetStatuses",
            {"tags": tags[:1], "reason": '"' * 2_090_000, "odd": 1},
        ),
        (
            "2 MB of escaped commas",
            "MeterStatusAdmin",
            1,
            "SetStatuses",
            {"tags": tags[:1], "reason": ',"' * 1_000_000},
        ),
        ("metrics of all", "MetricsDebug", 2, "GetMetrics", {"entities": [{"tag": t} for t in tags[:most]]}),
    ]


def _keeper(answers: list[bytes], done: asyncio.Event) -> Callable[[bytes], None]:
    def keep(message: bytes) -> None:
        answers.append(message)
        done.set()

    return keep


async def _ask(bench: controller_bench.Bench, units: int) -> float:
    worst = 0.0
    author = records.Author("user-admin", bench.clock.now(), "")
    for number in range(units):
        name = f"app{number % 100}x/{number}"
        await bench.store.add_unit(name, "", status.MeterStatus("GREEN"), author)
    client = await bench.user()
    watcher = (await client.call("Client", 6, "WatchAll"))["response"]["watcher-id"]
    for title, facade, version, method, params in requests(units):
        done = asyncio.Event()
        answers: list[bytes] = []
        setattr(client.peer, "send", _keeper(answers, done))  # noqa: B010 - a peer that reads nothing
        asked = {"request-id": 9, "type": facade, "version": version, "request": method, "params": params}
        message = json.dumps(asked | ({"id": watcher} if facade == "AllWatcher" else {})).encode()

        async def answered(message: bytes = message, done: asyncio.Event = done) -> None:
            client.raw(message)
            await done.wait()

        worst = max(worst, await _measure(title, answered))
        error = json.loads(answers[0]).get("error", "")
        if error:
            print(f"{title}: {error}")
    return worst


async def _measure(title: str, work: Callable[[], Awaitable[Any]]) -> float:
    # As the controller does (``programs.controller``): its collector does not go through the fleet.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
    ticker = Ticker()
    ticking = asyncio.ensure_future(ticker.run())
    await asyncio.sleep(0)
    began = time.perf_counter()
    await work()
    took = time.perf_counter() - began
    await asyncio.sleep(0)
    ticking.cancel()
    print(f"{title:28} took {took * 1000:7.0f} ms, at once {ticker.longest_ms:6.1f} ms")
    return ticker.longest_ms


@contextlib.asynccontextmanager
async def _stored() -> AsyncGenerator[repositories.Repository]:
    """Have a database on a disk, with an admin and no units."""
    users = [records.User("admin", "", "", records.Access.ADMIN)]
    with tempfile.TemporaryDirectory() as directory:
        if url := os.environ.get("DATABASE_URL"):
            await postgres.create(postgres.parse(url), fakes.IDENTITY, users)
            store = await postgres.open_repository(postgres.parse(url))
        else:
            path = pathlib.Path(directory) / "controller.db"
            sqlite.create(path, fakes.IDENTITY, users)
            store = sqlite.open_repository(path)
        try:
            yield store
        finally:
            await store.close()


async def _change(store: repositories.Repository, units: int) -> float:
    """Change all units at once, and have every one heard of."""
    made = await controller_bench.start(store, clock.SystemClock())
    author = records.Author("user-admin", made.clock.now(), "")
    unit_names = [f"app{number % 100}x/{number}" for number in range(units)]
    green = status.MeterStatus("GREEN")
    for begin in range(0, units, 500):
        await asyncio.gather(
            *(store.add_unit(name, "", green, author) for name in unit_names[begin : begin + 500])
        )
    changes, admin = made.service.statuses, made.fleet.users["admin"]
    watching = [made.fleet.watchers.watch(name) for name in unit_names]
    model = names.Tag(names.Kind.MODEL, made.fleet.identity.model_uuid)
    tags = tuple(names.Tag(names.Kind.UNIT, name) for name in unit_names)
    red, all_of_it = status.MeterStatus("RED"), blast_radius.BlastRadius(100)

    async def heard(title: str, change: Awaitable[Any]) -> float:
        left, everybody = len(watching), asyncio.Event()

        def hear(_: object) -> None:
            nonlocal left
            left -= 1
            if not left:
                everybody.set()

        for watcher in watching:
            waiting = watcher.next()
            assert isinstance(waiting, asyncio.Future), "nothing was told yet"
            waiting.add_done_callback(hear)

        async def work() -> None:
            await change
            await everybody.wait()

        return await _measure(title, work)

    async def beside(change: Awaitable[Any]) -> None:
        """Make it while somebody else changes something: it is reckoned anew in its turn."""
        await asyncio.gather(
            change,
            *(store.set_unit_status(name, status.MeterStatus("AMBER"), author) for name in unit_names[:20]),
        )

    def set_to(
        wanted: status.MeterStatus, targets: tuple[names.Tag, ...], *, is_level: bool
    ) -> Awaitable[Any]:
        return changes.set(admin, dry_run.Wish(targets, is_level, wanted), radius=all_of_it)

    worst = await heard("all units set", set_to(red, tags, is_level=False))
    last = made.fleet.revision
    worst = max(worst, await _measure("undo previewed", lambda: changes.preview_undo(admin, last)))
    worst = max(worst, await heard("all units undone", changes.undo(admin, last, radius=all_of_it)))
    worst = max(worst, await heard("model set", set_to(red, (model,), is_level=True)))
    again = set_to(green, tags, is_level=False)
    return max(worst, await _measure("set beside others", lambda: beside(again)))


async def _lead_back(bench: controller_bench.Bench) -> float:
    """Have the store led back under everybody who is connected."""
    asked = transport.HTTPRequest("GET", controller_bench.MODEL_PATH, "")
    clients = [rpc.MemoryClient(bench.front.accept(asked)) for _ in bench.fleet.units]
    backup = bench.stored.everything()

    async def reload() -> None:
        bench.store.engine.tail.tell_reloaded(backup)
        await bench.fleet.settled()
        while not clients[-1].peer.closed:  # noqa: ASYNC110 - what is measured is every turn
            await asyncio.sleep(0)

    return await _measure("a store that was led back", reload)


async def _main(units: int) -> int:
    async with controller_bench.running() as bench:
        worst = await _ask(bench, units)
        worst = max(worst, await _lead_back(bench))
    async with _stored() as store:
        worst = max(worst, await _change(store, units))
    print(f"longest {worst:.1f} ms, the limit is {LIMIT_MS:.0f}")
    return 0 if worst <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
