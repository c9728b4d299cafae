"""For how long one request keeps the controller's loop from everybody else, on a fleet of ten thousand units.

The controller is in this process, with its repository in memory; a task that does nothing but take its turn
says how much of the processor went by between two turns. Decoding the request and encoding the answer are
counted with the rest, TLS is not. Usage: held_loop.py [UNITS]
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from meterstatus.domain import fleet, status
from meterstatus.testing import controller_bench

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
        ("metrics of all", "MetricsDebug", 2, "GetMetrics", {"entities": [{"tag": t} for t in tags[:most]]}),
    ]


def _keeper(answers: list[bytes], done: asyncio.Event) -> Callable[[bytes], None]:
    def keep(message: bytes) -> None:
        answers.append(message)
        done.set()

    return keep


async def _main(units: int) -> int:
    worst = 0.0
    async with controller_bench.running() as bench:
        author = fleet.Author("user-admin", bench.service.now(), "")
        for number in range(units):
            name = f"app{number % 100}x/{number}"
            await bench.service.store.add_unit(name, "", status.MeterStatus("GREEN"), author)
        client = await bench.user()
        watcher = (await client.call("Client", 6, "WatchAll"))["response"]["watcher-id"]
        for title, facade, version, method, params in requests(units):
            ticker, done = Ticker(), asyncio.Event()
            answers: list[bytes] = []
            setattr(client.peer, "send", _keeper(answers, done))  # noqa: B010 - a peer that reads nothing
            asked = {"request-id": 9, "type": facade, "version": version, "request": method, "params": params}
            message = json.dumps(asked | ({"id": watcher} if facade == "AllWatcher" else {})).encode()
            ticking = asyncio.ensure_future(ticker.run())
            await asyncio.sleep(0)
            began = time.perf_counter()
            client.raw(message)
            await done.wait()
            took = time.perf_counter() - began
            await asyncio.sleep(0)
            ticking.cancel()
            error = json.loads(answers[0]).get("error", "")
            worst = max(worst, ticker.longest_ms)
            print(f"{title:28} took {took * 1000:7.0f} ms, at once {ticker.longest_ms:6.1f} ms {error}")
    print(f"longest {worst:.1f} ms, the limit is {LIMIT_MS:.0f}")
    return 0 if worst <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
