"""A process of lean agents, led by lines on its standard input: ``python -m harness.herd FILE``.

The file is JSON with the keys of ``process.HerdPlan``. Each line is a command, and is answered with one line
of JSON: ``start COUNT SECONDS`` starts so many more agents over so many seconds, ``forget`` begins the counts
of events and silence anew, ``tell`` changes nothing. The end of the input ends the process.
"""

import asyncio
import dataclasses
import gc
import json
import pathlib
import sys

import uvloop

from harness.herd import lean, process


async def _lead(plan: process.HerdPlan) -> None:
    trust = lean.trust() if plan.tls else None
    herd = lean.Herd(tuple(plan.hosts), plan.port, plan.path, plan.model_tag, trust)
    waiting = lean.agents(herd, plan.passwords)[::-1]
    running: set[asyncio.Task[None]] = set()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer
    )
    gc.freeze()
    gc.set_threshold(100_000)
    while line := await reader.readline():
        match line.decode().split():
            case ["start", count, seconds]:
                wanted = int(count)
                for number in range(wanted):
                    task = asyncio.create_task(waiting.pop().run(number * float(seconds) / wanted))
                    running.add(task)
                    task.add_done_callback(_report)
            case ["forget"]:
                herd.tally.forget()
            case _:
                pass
        print(json.dumps(dataclasses.asdict(herd.tally)), flush=True)  # noqa: T201 - the answer


def _report(done: asyncio.Task[None]) -> None:
    if not done.cancelled() and done.exception() is not None:
        raise SystemExit(f"a lean agent failed: {done.exception()!r}")


def main() -> None:
    """Lead a herd."""
    plan = process.HerdPlan(**json.loads(pathlib.Path(sys.argv[1]).read_text()))
    process.raise_descriptor_limit()
    uvloop.run(_lead(plan))


if __name__ == "__main__":
    main()
