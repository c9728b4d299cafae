"""PostgreSQL beside SQLite, in one run on one disk: what a change costs, and how soon it is known.

Both are durable as in operation. Rounds of the two take turns, so that both see the same machine. Measured
are sets a second with 1 and with 32 callers, a mass change of many units in one transaction, how long after
its acknowledgement another controller on the same PostgreSQL knows a change, and, with two controller
processes and TLS, when an agent's connection to the other one hears of it. Prints a table, or with ``--json``
the same as JSON. Run: ``python bench/stores.py [--units 10000] [--json]``; needs Debian's ``postgresql``.
"""

import argparse
import asyncio
import datetime
import json
import pathlib
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from harness import postgres, real_fleet, real_pair, repository
from meterstatus.adapters import client as controller_client
from meterstatus.adapters import websocket_client
from meterstatus.adapters.client import operator as operator_client
from meterstatus.adapters.files import login_file
from meterstatus.adapters.sql import postgres as adapter
from meterstatus.adapters.sql import repository as repositories
from meterstatus.adapters.sql import sqlite
from meterstatus.domain import status
from meterstatus.domain.fleet import passwords, records
from meterstatus.ports import connection

ROUNDS = 5
ROUND_SECONDS = 1.5
CHANGES = 200
AUTHOR = records.Author("user-bench", datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC))
FEW = 64
"""Units that the callers of a round set in turn."""

AGENT_PASSWORD = "password of eighteen"  # noqa: S105 - of a unit that exists only here


class Heard:
    """A follower that notes when it was told each revision."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}

    def __call__(self, updates: Sequence[records.Update]) -> None:
        """Take updates."""
        now = time.perf_counter()
        self.at.update((update.change.revision, now) for update in updates)


async def fill(store: repositories.SQLRepository, units: int) -> None:
    for first in range(0, units, 1000):
        names = (f"mass/{number}" for number in range(first, min(units, first + 1000)))
        await asyncio.gather(*(store.add_unit(name, "hash", records.NOT_SET, AUTHOR) for name in names))
    names = (f"few/{number}" for number in range(FEW))
    await asyncio.gather(*(store.add_unit(name, "hash", records.NOT_SET, AUTHOR) for name in names))


async def rate(store: repositories.SQLRepository, callers: int, tag: str) -> float:
    """Return sets a second."""
    began = time.perf_counter()
    done = 0

    async def call(number: int) -> None:
        nonlocal done
        turn = 0
        while time.perf_counter() - began < ROUND_SECONDS:
            turn += 1
            told = status.MeterStatus("RED", f"{tag} {turn}")
            await store.set_unit_status(f"few/{number}", told, AUTHOR)
            done += 1

    await asyncio.gather(*(call(number) for number in range(callers)))
    return done / (time.perf_counter() - began)


async def mass(store: repositories.SQLRepository, tag: str) -> float:
    """Return the milliseconds until a change of every unit is acknowledged, and so told here."""
    began = time.perf_counter()
    await store.set_application_status("mass", status.MeterStatus("RED", tag), AUTHOR)
    return (time.perf_counter() - began) * 1000


async def tail(writer: repositories.SQLRepository, reader: repositories.SQLRepository) -> list[float]:
    """Return the milliseconds from each change's acknowledgement until another controller knows it."""
    heard = Heard()
    revision = (await reader.follow(heard)).revision
    found: list[float] = []
    for number in range(CHANGES):
        await writer.set_unit_status("few/0", status.MeterStatus("RED", f"tail {number}"), AUTHOR)
        acknowledged = time.perf_counter()
        revision += 1
        while revision not in heard.at:  # noqa: ASYNC110 - the instant itself comes from the follower
            await asyncio.sleep(0.0005)
        found.append((heard.at[revision] - acknowledged) * 1000)
        await asyncio.sleep(0.005)
    return found


async def stores(folder: pathlib.Path, server: postgres.Server, units: int) -> dict[str, Any]:
    path, to = folder / "controller.db", adapter.parse(server.url(server.database()))
    sqlite.create(path, repository.IDENTITY, [])
    await adapter.create(to, repository.IDENTITY, [])
    both = {"sqlite": sqlite.open_repository(path), "postgres": await adapter.open_repository(to)}
    other = await adapter.open_repository(to)
    found: dict[str, Any] = {}
    for store in both.values():
        await store.follow(Heard())
        await fill(store, units)
    for callers in (1, 32):
        rounds: dict[str, list[float]] = {name: [] for name in both}
        for number in range(ROUNDS):
            for name, store in both.items():
                rounds[name].append(await rate(store, callers, f"{callers} {number}"))
        found[f"sets a second, {callers} callers"] = {
            name: statistics.median(each) for name, each in rounds.items()
        }
    times: dict[str, list[float]] = {name: [] for name in both}
    for number in range(ROUNDS):
        for name, store in both.items():
            times[name].append(await mass(store, f"mass {number}"))
    found[f"one change of {units} units, ms"] = {
        name: statistics.median(each) for name, each in times.items()
    }
    latencies = await tail(both["postgres"], other)
    for name, figure in spread(latencies).items():
        found[f"known to another controller after, ms, {name}"] = {"postgres": figure}
    for store in (*both.values(), other):
        await store.close()
    return found


def spread(figures: Sequence[float]) -> dict[str, float]:
    return {"p50": statistics.median(figures), "p99": statistics.quantiles(figures, n=100)[98]}


async def dial(login: login_file.LoginFile) -> connection.APIConnection:
    return await websocket_client.WebSocketDialer().dial(
        connection.Endpoint(login.addresses[0], f"/model/{login.model}/api", login.ca_certificate)
    )


async def across(pair: real_pair.RealPair, database: str) -> dict[str, Any]:
    """Measure from a change at one controller to an agent's connection at the other."""
    first, second = login_file.read(pair.login), login_file.read(pair.second_login)
    store = await adapter.open_repository(adapter.parse(database))
    await store.add_unit("bench/0", passwords.agent_hash(AGENT_PASSWORD), records.NOT_SET, AUTHOR)
    await store.close()
    operator, agent = await dial(first), await dial(second)
    await controller_client.AdminClient(operator).login(
        f"user-{first.user}", first.password, model_tag=f"model-{first.model}"
    )
    await controller_client.AdminClient(agent).login(
        "unit-bench-0", AGENT_PASSWORD, model_tag=f"model-{first.model}"
    )
    setter = operator_client.MetricsDebugClient(operator)
    client = controller_client.MeterStatusFacadeClient(agent, "unit-bench-0")
    watcher = await client.watch_meter_status()
    await anext(watcher)
    sent: list[float] = []
    acknowledged: list[float] = []
    for number in range(CHANGES):
        began = time.perf_counter()
        waiting = asyncio.ensure_future(anext(watcher))
        heard: list[float] = []
        waiting.add_done_callback(lambda _, heard=heard: heard.append(time.perf_counter()))
        await setter.set_meter_status("unit-bench-0", "RED", f"change {number}")
        done = time.perf_counter()
        await waiting
        await asyncio.sleep(0.005)
        sent.append((heard[0] - began) * 1000)
        acknowledged.append((heard[0] - done) * 1000)
    await watcher.stop()
    await operator.close()
    await agent.close()
    return {
        **{
            f"agent of the other, ms after sent, {name}": {"postgres": at}
            for name, at in spread(sent).items()
        },
        **{
            f"agent of the other, ms after acknowledged, {name}": {"postgres": at}
            for name, at in spread(acknowledged).items()
        },
    }


def processes(folder: pathlib.Path, server: postgres.Server) -> dict[str, Any]:
    database = server.url(server.database())
    pair = real_pair.RealPair(folder, database)
    try:
        pair.start_controller()
        pair.start_second()
        return asyncio.run(across(pair, database))
    finally:
        pair.stop()


def table(found: dict[str, Any]) -> str:
    lines = ["| | SQLite | PostgreSQL | PostgreSQL to SQLite |", "|---|---|---|---|"]
    for what, figures in found.items():
        one, two = figures.get("sqlite"), figures["postgres"]
        ratio = "" if one is None else f"{two / one:.2f}"
        lines.append(f"| {what} | {'' if one is None else f'{one:.1f}'} | {two:.1f} | {ratio} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with postgres.running(is_durable=True) as server, tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(stores(pathlib.Path(folder), server, options.units))
        found.update(processes(pathlib.Path(folder) / "pair", server))
        machine = f"{real_fleet.machine()}; PostgreSQL {server.sql('SHOW server_version')}"
    if options.json:
        sys.stdout.write(json.dumps({"machine": machine, "figures": found}, indent=1) + "\n")
    else:
        print(machine)
        print(table(found))


if __name__ == "__main__":
    main()
