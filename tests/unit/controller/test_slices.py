"""controller.slices: what is done between two turns of the loop, and by which requests."""

import asyncio
import contextlib
import functools
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from harness import controller_bench, rpc
from meterstatus.controller import slices
from meterstatus.controller.fleet import deltas, levels, reloading, watchers
from meterstatus.controller.rpc import connection
from meterstatus.controller.rpc.facades import full_status, metrics_debug
from meterstatus.controller.rpc.facades.meter_status_admin import changes, fleet_status, rules, units
from meterstatus.domain import names, status
from meterstatus.domain.fleet import level, records, unit_patterns
from meterstatus.ports import transport

UNITS = 3 * slices.SIZE + 50


class Turns:
    """Counts, for each turn of the loop, what was done in it."""

    def __init__(self) -> None:
        self.now = 0
        self.done: Counter[int] = Counter()

    async def count(self) -> None:
        """Count turns for ever."""
        while True:
            self.now += 1
            await asyncio.sleep(0)

    def watch(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that counts its calls."""

        def watched(*args: Any, **kwargs: Any) -> Any:
            self.done[self.now] += 1
            return function(*args, **kwargs)

        return watched


@contextlib.asynccontextmanager
async def _turning() -> AsyncGenerator[Turns]:
    turns = Turns()
    counting = asyncio.ensure_future(turns.count())
    await asyncio.sleep(0)
    yield turns
    counting.cancel()


async def test_each_turn_makes_one_slice() -> None:
    """In order, and nothing is left out at the ends."""
    async with _turning() as turns:
        made = await slices.each(turns.watch(str), range(UNITS))
    assert made == tuple(map(str, range(UNITS)))
    assert max(turns.done.values()) == slices.SIZE
    assert len(turns.done) == 4
    assert await slices.each(turns.watch(str), ()) == ()


async def test_a_slice_runs_together() -> None:
    """So many are begun at once, and the next when all of them have ended."""
    running, most = 0, 0

    async def work(item: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return -item

    assert await slices.together(work, range(UNITS)) == tuple(-item for item in range(UNITS))
    assert most == slices.SIZE


@pytest.fixture
async def fleet_of_many(bench: controller_bench.Bench) -> rpc.MemoryClient:
    """An admin's connection to a controller with so many units."""
    author = records.Author("user-admin", bench.clock.now(), "")
    for number in range(2, UNITS):
        await bench.store.add_unit(f"shop/{number}", "", status.MeterStatus("RED"), author)
    return await bench.user()


@pytest.mark.parametrize(
    ("facade", "version", "method", "params", "where", "what"),
    [
        ("MeterStatusAdmin", 1, "Status", {}, fleet_status, "_unit_status"),
        ("MeterStatusAdmin", 1, "History", {"limit": UNITS}, changes, "_change"),
        ("Client", 6, "FullStatus", {}, full_status, "_shown"),
        ("AllWatcher", 3, "Next", {}, deltas, "unit"),
        ("MeterStatusAdmin", 1, "Status", {"patterns": ["s*"]}, unit_patterns.UnitPatterns, "match"),
        (
            "MetricsDebug",
            2,
            "GetMetrics",
            {"entities": [{"tag": "unit-shop-0"}] * UNITS},
            metrics_debug,
            "_metrics_of",
        ),
        (
            "MetricsDebug",
            2,
            "SetMeterStatus",
            {"statues": [{"tag": "unit-shop-0", "code": "RED"}] * UNITS},
            metrics_debug,
            "_set_one",
        ),
        ("MeterStatusAdmin", 1, "AddUnits", {"units": [{"unit": "a/0"}] * UNITS}, units, "_add_one"),
        (
            "MeterStatusAdmin",
            1,
            "RemoveUnits",
            {"units": [{"unit": "b/0"}] * UNITS},
            units,
            "_remove_one",
        ),
        (
            "MeterStatusAdmin",
            1,
            "RemovePolicy",
            {"policies": [{"tag": "unit-shop-0"}] * UNITS},
            rules,
            "_remove_one_policy",
        ),
    ],
)
async def test_a_request_of_a_whole_fleet_is_served_in_slices(
    fleet_of_many: rpc.MemoryClient,
    monkeypatch: pytest.MonkeyPatch,
    facade: str,
    version: int,
    method: str,
    params: dict[str, Any],
    where: Any,
    what: str,
) -> None:
    """Between two slices everybody else has a turn: no more than a hundred are looked at in one."""
    object_id = ""
    if facade == "AllWatcher":
        object_id = (await fleet_of_many.call("Client", 6, "WatchAll"))["response"]["watcher-id"]
    async with _turning() as turns:
        monkeypatch.setattr(where, what, turns.watch(getattr(where, what)))
        answer = await fleet_of_many.call(facade, version, method, params, object_id)
    assert "error" not in answer
    assert turns.done.total() >= UNITS
    assert max(turns.done.values()) <= slices.SIZE


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("SetStatuses", {"is-preview": True}),
        ("SetStatuses", {}),
        ("SetStatuses", {"for-seconds": 3600, "is-preview": True}),
        ("PreviewUndo", {}),
        ("Undo", {"blast-radius-percent": 100}),
    ],
)
async def test_a_change_of_a_whole_fleet_is_reckoned_in_slices(
    fleet_of_many: rpc.MemoryClient, monkeypatch: pytest.MonkeyPatch, method: str, params: dict[str, Any]
) -> None:
    """Its tags are read, and what units are told is reckoned, of no more than a hundred in one turn."""
    tags = [f"unit-shop-{number}" for number in range(UNITS)]
    wanted = {"tags": tags, "code": "AMBER", "blast-radius-percent": 100}
    if method != "SetStatuses":
        made = await fleet_of_many.call("MeterStatusAdmin", 1, "SetStatuses", wanted)
        params = params | {"revision": made["response"]["made-revision"]}
    async with _turning() as turns:
        for where, what in ((names, "parse_tag"), (level.Wider, "over")):
            monkeypatch.setattr(where, what, turns.watch(getattr(where, what)))
        asked = (wanted if method == "SetStatuses" else {}) | params
        answer = await fleet_of_many.call("MeterStatusAdmin", 1, method, asked)
    assert answer["response"]["units"] == UNITS
    assert turns.done.total() >= UNITS
    # What a unit is told is looked at before and after, and for the count once more.
    assert max(turns.done.values()) <= 4 * slices.SIZE


async def test_of_many_units_watchers_are_told_in_slices() -> None:
    """A hundred at once, in their order, and each once, however many changes there are meanwhile."""
    everybody, told = watchers.Watchers(), list[str]()
    units = [f"shop/{number}" for number in range(UNITS)]
    async with _turning() as turns:

        def describe(unit: str) -> watchers.Event:
            told.append(unit)
            return watchers.Event()

        for unit in units:
            waiting = everybody.watch(unit, functools.partial(turns.watch(describe), unit)).next(tells=True)
            assert isinstance(waiting, asyncio.Future)
        everybody.notify(units)
        everybody.notify(units)
        while len(told) < UNITS:  # noqa: ASYNC110 - it counts turns
            await asyncio.sleep(0)
    assert told == units
    assert max(turns.done.values()) == slices.SIZE


async def test_a_level_reaches_units_in_slices_and_whoever_set_it_sees_all(
    fleet_of_many: rpc.MemoryClient, monkeypatch: pytest.MonkeyPatch, bench: controller_bench.Bench
) -> None:
    """Others have their turn while many units come under the model's; the answer comes after the last."""
    model = f"model-{bench.fleet.identity.model_uuid}"
    wanted = {"tags": [model], "is-level": True, "code": "RED", "info": "all", "blast-radius-percent": 100}
    async with _turning() as turns:
        monkeypatch.setattr(bench.fleet.levels, "under", turns.watch(bench.fleet.levels.under))
        answer = await fleet_of_many.call("MeterStatusAdmin", 1, "SetStatuses", wanted)
    assert "error" not in answer
    assert {unit.wider.model for unit in bench.fleet.units.values()} == {status.MeterStatus("RED", "all")}
    assert turns.done.total() >= UNITS
    assert max(turns.done.values()) <= slices.SIZE


async def test_a_store_that_was_led_back_is_taken_in_slices(
    fleet_of_many: rpc.MemoryClient, monkeypatch: pytest.MonkeyPatch, bench: controller_bench.Bench
) -> None:
    """Others have their turn while all units are taken anew, and while everybody is let go."""
    backup = bench.stored.copy()
    rest = [
        rpc.MemoryClient(bench.front.accept(transport.HTTPRequest("GET", controller_bench.MODEL_PATH, "")))
        for _ in range(UNITS)
    ]
    async with _turning() as turns:
        for where, what in (
            (levels.Levels, "under"),
            (connection.Connection, "close"),
            (reloading, "_is_other"),
        ):
            monkeypatch.setattr(where, what, turns.watch(getattr(where, what)))
        bench.store.engine.lead_back(backup)
        await bench.fleet.settled()
        while not all(client.peer.closed for client in (fleet_of_many, *rest)):  # noqa: ASYNC110 - turns
            await asyncio.sleep(0)
    assert turns.done.total() >= 4 * UNITS
    # The first are let go in the turn of the last units.
    assert max(turns.done.values()) < 2 * slices.SIZE


@pytest.mark.parametrize("count", [100, 101])
async def test_an_agent_asks_for_little(bench: controller_bench.Bench, count: int) -> None:
    """Its questions are of its own unit, and are answered in one piece: of a hundred elements at most."""
    agent = await bench.agent()
    for facade, version, method in (
        ("MeterStatus", 2, "GetMeterStatus"),
        ("Agent", 3, "GetEntities"),
        ("MigrationFlag", 1, "Phase"),
        ("MeterStatusPolicy", 1, "GetPolicy"),
    ):
        answer = await agent.call(facade, version, method, {"entities": [{"tag": "unit-shop-0"}] * count})
        assert ("over the limit of 100" in answer.get("error", "")) is (count > 100)
