"""What it costs to write a unit's state, which every hook waits for: its text, and the file.

Run: ``python bench/state.py``. The text is timed beside the same document written by PyYAML.
"""

import asyncio
import datetime
import pathlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import yaml

from meterstatus.adapters.files import state as stores
from meterstatus.domain import status
from meterstatus.domain.unit import offline_clock, state

RUNS = 2000
FSYNCS = 300


def memory() -> state.State:
    """Return a unit's memory in the middle of a delivery, cut off."""
    now = offline_clock.Instant(
        datetime.datetime(2031, 5, 6, 7, 8, 9, 123456, datetime.UTC),
        datetime.timedelta(seconds=12345.678901),
        "8c1c3ab0-0e34-4c83-a5cf-7a2a3b6f5c11",
    )
    return state.State(
        "AMBER",
        "80 % of the budget is used",
        state.Disconnected(1936156089, 2),
        status.MeterStatus("GREEN", "within budget"),
        offline_clock.contact(now),
        state.Delivery("1c2a9b4f1d8-7", status.MeterStatus("RED", "unit agent has been disconnected")),
        7,
    )


def microseconds(work: Callable[[], object], runs: int) -> float:
    """Return the median time of one call."""
    times: list[int] = []
    for _ in range(runs):
        begun = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - begun)
    return statistics.median(times) / 1000


async def _file(folder: pathlib.Path) -> float:
    store, value = stores.DiskBackedState(folder / "meter-status.yaml", "shop/0"), memory()
    times: list[int] = []
    for _ in range(FSYNCS):
        begun = time.perf_counter_ns()
        await store.write(value)
        times.append(time.perf_counter_ns() - begun)
    return statistics.median(times) / 1000


def main() -> None:
    """Print both, and their ratio."""
    value = memory()
    document = yaml.safe_load(value.to_yaml())
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    ours = microseconds(value.to_yaml, RUNS)
    theirs = microseconds(lambda: yaml.dump(document, Dumper=dumper, sort_keys=False), RUNS)
    sys.stdout.write(f"text: {ours:.0f} us, by PyYAML {theirs:.0f} us, {theirs / ours:.1f} times\n")
    with tempfile.TemporaryDirectory(dir=".") as folder:
        sys.stdout.write(f"file, durable: {asyncio.run(_file(pathlib.Path(folder))):.0f} us\n")


if __name__ == "__main__":
    main()
