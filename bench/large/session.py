"""One controller with one fleet on it, measured from empty to full.

Of the agents fifty are real ones in one agent process; the others are lean ones in a herd's process,
which say what real ones say (``harness.herd``). What a hook heard is known of the real ones.
"""

import asyncio
import os
import pathlib
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import latency
from large import looks

from harness import real_fleet
from harness.herd import fleet, process
from meterstatus.adapters.client import operator
from meterstatus.domain import policy
from meterstatus.runtime import durable_file

REAL = 49
CHANGES = 100
ROUNDS = 5
RAMP_PER_SECOND = 400
IDLE_SECONDS = 10
IDLE_LOOK_SECONDS = 30
PATIENCE_SECONDS = 400
UNIT = "bench/0"


class Session:
    """A fleet under measurement.

    Args:
        folder: where all of it lies.
        sizes: how many agents are connected, one after the other.
        save: given all that is known after each step, because the whole takes a while.
        tls: as every controller is; without it only memory is measured.
    """

    def __init__(
        self, folder: pathlib.Path, sizes: list[int], save: Callable[[dict[str, Any]], None], *, tls: bool
    ) -> None:
        self._sizes = sizes
        self._save = save
        self._tls = tls
        self._fleet = fleet.LargeFleet(folder)
        self._herd: process.HerdProcess | None = None

    def close(self) -> None:
        """End every process."""
        self._fleet.stop()

    def memory(self) -> dict[str, Any]:
        """Connect lean agents, size by size, and look at the controller's memory."""
        self._fleet.start_controller()
        units = list(self._fleet.add_units(self._sizes[-1]))
        if not self._tls:
            self._fleet.controller_python = plain_python(self._fleet.folder)
        self._restart()  # so that what adding units took is not counted
        return self._connect(units)

    def everything(self) -> dict[str, Any]:
        """Measure all, one after the other."""
        results: dict[str, Any] = {"company-before": looks.company()}
        self._fleet.start_controller()
        results["cost-of-one-change"] = self._flat()
        self._fleet.add_units(self._sizes[-1] - len(self._fleet.passwords))
        units = [f"{fleet.APPLICATION}/{number}" for number in range(self._sizes[-1])]
        results["cost-of-one-change"][str(len(units))] = asyncio.run(self._cost(units[0]))
        self._restart()
        real, lean = units[:REAL], units[REAL:]
        results["memory"] = self._connect(lean)
        self._save(results)
        results["mass-change"] = self._mass(len(lean))
        self._save(results)
        timed = timed_unit(self._fleet)
        charm = real_fleet.write_charm(self._fleet.folder / "told")
        told = self._fleet.place_units(real, charm)
        self._fleet.start_agent()
        real_fleet.wait_until(
            lambda: all(map(real_fleet.told, told)), "the real agents' first hooks", PATIENCE_SECONDS
        )
        results["one-change-all-connected"] = asyncio.run(one_change(self._fleet, timed))
        results["cost-of-one-change"][f"{len(units)}, all connected"] = asyncio.run(self._cost(units[-1]))
        self._save(results)
        results["restart"] = self._storm(told, len(lean))
        results["company-after"] = looks.company()
        return results

    def _restart(self) -> None:
        assert self._fleet.stop_controller() == 0
        self._fleet.start_controller()

    @property
    def _pid(self) -> int:
        assert self._fleet.controller is not None
        return self._fleet.controller.pid

    def _connect(self, units: list[str]) -> dict[str, Any]:
        base, cpu = looks.resident_kib(self._pid), looks.cpu_seconds(self._pid)
        herd = self._herd = self._fleet.make_herd(units, tls=self._tls)
        found: dict[str, Any] = {"empty-mib": round(base / 1024, 1), "agents": {}}
        there = 0
        for size in self._sizes:
            wanted = min(size, len(units))
            herd.start(wanted - there, (wanted - there) / RAMP_PER_SECOND)
            herd.wait_watching(wanted, PATIENCE_SECONDS)
            there = wanted
            time.sleep(IDLE_SECONDS)
            used = looks.resident_kib(self._pid) - base
            found["agents"][str(wanted)] = {"kib-per-agent": round(used / wanted, 1)}
        found["cpu-ms-per-login"] = round((looks.cpu_seconds(self._pid) - cpu) / there * 1000, 2)
        before, cpu = looks.resident_kib(self._pid), looks.cpu_seconds(self._pid)
        time.sleep(IDLE_LOOK_SECONDS)
        found["after-half-a-minute-kib-per-agent"] = round((looks.resident_kib(self._pid) - base) / there, 1)
        found["growth-in-half-a-minute-kib"] = looks.resident_kib(self._pid) - before
        found["idle-cpu-percent"] = round((looks.cpu_seconds(self._pid) - cpu) / IDLE_LOOK_SECONDS * 100, 1)
        return found

    def _flat(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for size in (100, 1000):
            if size < self._sizes[-1]:
                self._fleet.add_units(size - len(self._fleet.passwords))
                found[str(size)] = asyncio.run(self._cost(f"{fleet.APPLICATION}/0"))
        return found

    async def _cost(self, unit: str) -> dict[str, Any]:
        """Change one unit many times, and look at what it costs the controller."""
        async with self._fleet.connected() as made:
            setter = operator.MetricsDebugClient(made)
            used, took = looks.cpu_seconds(self._pid), list[float]()
            for number in range(2 * CHANGES):
                asked = time.monotonic_ns()
                code = ("AMBER", "GREEN")[number % 2]
                await setter.set_meter_status(f"unit-{unit.replace('/', '-')}", code, "ok")
                took.append((time.monotonic_ns() - asked) / 1e6)
        cpu = (looks.cpu_seconds(self._pid) - used) / len(took) * 1000
        return {"cpu-ms": round(cpu, 2), "acknowledged-ms": looks.spread(took)}

    def _mass(self, lean: int) -> dict[str, Any]:
        assert self._herd is not None
        last: list[float] = []
        acknowledged: list[float] = []
        used = looks.cpu_seconds(self._pid)
        for number in range(ROUNDS):
            self._herd.forget()
            asked, ended = self._fleet.set_all(("RED", "GREEN")[number % 2], "ok")
            while (tally := self._herd.tell())["events"] < lean:
                time.sleep(0.05)
            last.append((tally["last_event_ns"] - asked) / 1e6)
            acknowledged.append((ended - asked) / 1e6)
        cpu = (looks.cpu_seconds(self._pid) - used) / ROUNDS
        return {
            "last-agent-ms": round(statistics.median(last), 1),
            "rounds-ms": [round(each, 1) for each in last],
            "acknowledged-ms": round(statistics.median(acknowledged), 1),
            "controller-cpu-seconds": round(cpu, 2),
        }

    def _storm(self, told: list[pathlib.Path], lean: int) -> dict[str, Any]:
        assert self._herd is not None
        heard = [real_fleet.told(charm) for charm in told]
        herd_cpu = looks.cpu_seconds(self._herd.pid)
        self._herd.forget()
        self._fleet.kill_controller()
        killed = time.monotonic_ns()
        self._fleet.start_controller()
        ready = time.monotonic_ns()
        tally = self._herd.wait_watching(lean, PATIENCE_SECONDS)
        wanted = lean + len(told) + 1
        real_fleet.wait_until(
            lambda: self._fleet.connected_units() == wanted, "all are back", PATIENCE_SECONDS, 0.2
        )
        since_ready = (tally["last_login_ns"] - ready) / 1e9
        return {
            "agents": wanted,
            "of-them-real": len(told) + 1,
            "back-after-seconds": round((tally["last_login_ns"] - killed) / 1e9, 1),
            "back-after-ready-seconds": round(since_ready, 1),
            "logins-per-second": round(lean / since_ready),
            "controller-cpu-seconds": round(looks.cpu_seconds(self._pid), 1),
            "herd-cpu-seconds": round(looks.cpu_seconds(self._herd.pid) - herd_cpu, 1),
            "longest-without-contact-seconds": round(tally["longest_silence"], 1),
            "spurious-events": tally["events"],
            "spurious-hook-runs": sum(
                len(real_fleet.told(charm)) - len(before) for charm, before in zip(told, heard, strict=True)
            ),
            "told-amber": sum(
                ("AMBER", policy.DISCONNECTED_INFO) in real_fleet.told(charm) for charm in told
            ),
            "dials": tally["dials"],
            "told-to-wait": tally["told_to_wait"],
        }


def plain_python(folder: pathlib.Path) -> str:
    """Make what runs a controller that serves without TLS, to see what TLS takes; no controller does else."""
    python = folder / "python"
    script = pathlib.Path(__file__).parent / "plain_controller.py"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} {script} "$@"\n')
    python.chmod(0o755)
    return str(python)


def timed_unit(running: fleet.LargeFleet) -> pathlib.Path:
    """Add the unit whose hook says when it began; returns its charm."""
    charm = running.add_unit(UNIT, latency.make_charm(running.folder / "timed", None))
    os.mkfifo(charm / "stamps")
    # Held open to the end of this process: a hook that nobody reads would wait, and keep the machine's lock.
    os.open(charm / "stamps", os.O_RDWR | os.O_NONBLOCK)
    return charm


def alone(folder: pathlib.Path) -> dict[str, Any]:
    """Measure changes of the one unit of a controller that has no other."""
    running = fleet.LargeFleet(folder)
    try:
        running.start_controller()
        timed = timed_unit(running)
        running.start_agent()
        return asyncio.run(one_change(running, timed))
    finally:
        running.stop()


async def one_change(running: fleet.LargeFleet, charm: pathlib.Path) -> dict[str, Any]:
    """Time one unit's changes, from acknowledgement to the hook's first act, turn by turn with the floor."""
    stamps = latency.Stamps(charm)
    floor = latency.Floor(charm / "hooks" / "meter-status-changed", charm)
    floors: list[float] = []
    took: list[float] = []
    writes: list[float] = []
    async with running.connected() as made:
        setter = operator.MetricsDebugClient(made)
        await setter.set_meter_status("unit-bench-0", "GREEN", "begins")
        await asyncio.sleep(1)
        stamps.forget()
        for number in range(-10, CHANGES):  # the first ten warm up
            asked = await floor.start_child()
            floor_started = await stamps.next()
            await floor.child_ended()
            await asyncio.sleep(latency.PAUSE_SECONDS)
            await setter.set_meter_status("unit-bench-0", ("AMBER", "RED")[number % 2], f"change {number}")
            acknowledged = time.monotonic_ns()
            started = await stamps.next()
            await asyncio.sleep(latency.PAUSE_SECONDS)
            written = time.monotonic()
            durable_file.write(charm.parent / "bench.yaml", latency.STATE)
            wrote = time.monotonic()
            if number >= 0:
                writes.append((wrote - written) * 1e3)
                floors.append((floor_started - asked) / 1e6)
                took.append((started - acknowledged) / 1e6)
    floor.close()
    return {
        "hook-started-ms": looks.spread(took),
        "floor-ms": looks.spread(floors),
        "one-state-made-durable-ms": looks.spread(writes),
    }
