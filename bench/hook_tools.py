"""What a hook tool costs: one call beside ``true`` and ``logger``, and a shell hook that logs twenty lines.

All in one run and in turns, so that every figure sees the same machine; the ratios are what counts. The
floor is the interpreter itself, started as the tools start it, with nothing to do.
Run: ``python bench/hook_tools.py [ROUNDS]``.
"""

import asyncio
import logging
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from harness import real_fleet
from meterstatus.adapters import hook_runner
from meterstatus.adapters.hook_runner import hook_tools as adapter
from meterstatus.domain import agent_config
from meterstatus.domain.hook import hook_tools
from meterstatus.runtime import clock
from meterstatus.testing import fakes

ROUNDS = 60
LINES = 20
PYTHON = os.path.realpath(sys.executable)
CONTEXT = "bench"
UUID = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"


def ignore(record: hook_tools.Record) -> None:
    """Log nowhere: the agent's log costs the agent, not the caller."""


async def call_ms(words: list[str], environment: dict[str, str]) -> float:
    def run() -> float:
        start = time.perf_counter()
        subprocess.run(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return (time.perf_counter() - start) * 1000

    return await asyncio.to_thread(run)


async def calls(folder: pathlib.Path, rounds: int) -> None:
    tools, path = folder / "tools", folder / "socket"
    adapter.write_tools(tools, PYTHON)
    environment = {
        "PATH": "/usr/bin:/bin",
        "JUJU_CONTEXT_ID": CONTEXT,
        "JUJU_AGENT_SOCKET_ADDRESS": str(path),
        "JUJU_AGENT_SOCKET_NETWORK": "unix",
    }
    commands = {
        "true": ["/bin/true"],
        "logger --no-act": [shutil.which("logger") or "/bin/true", "--no-act", "hello"],
        "python -c pass": [PYTHON, "-c", "pass"],
        "python -ISE -c pass": [PYTHON, "-ISE", "-c", "pass"],
        "juju-log": [str(tools / "juju-log"), "hello"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    server = adapter.HookToolServer(path, CONTEXT, ignore, clock.SystemClock())
    try:
        for _ in range(rounds):
            for name, words in commands.items():
                taken[name].append(await call_ms(words, environment))
    finally:
        await server.close()
    floor = statistics.median(taken["python -ISE -c pass"])
    for name, figures in taken.items():
        median = statistics.median(figures)
        print(f"{name}: {median:.2f} ms, {median / floor:.2f} of the interpreter alone")


async def hooks(folder: pathlib.Path, rounds: int) -> None:
    charm = folder / "agents" / "unit-shop-0" / "charm"
    config = agent_config.AgentConfig(
        tag="unit-shop-0",
        controller=f"controller-{UUID}",
        model=f"model-{UUID}",
        upgraded_to_version="3.6.1",
        data_dir=str(folder),
    )
    runner = hook_runner.CharmHookRunner(
        hook_runner.HookRunnerConfig(
            machine_lock=fakes.FakeMachineLock(),
            agent_config=config,
            tag="unit-shop-0",
            clock=clock.SystemClock(),
            logger=logging.getLogger("bench"),
            environment={"PATH": "/usr/bin:/bin"},
        )
    )
    bodies = {"without": "", "with": "juju-log hello\n" * LINES}
    taken: dict[str, list[float]] = {name: [] for name in bodies}
    real_fleet.write_charm(charm)
    for _ in range(rounds):
        for name, body in bodies.items():
            (charm / "hooks" / "meter-status-changed").write_text(f"#!/bin/sh\n{body}")
            start = time.perf_counter()
            await runner.run_hook("RED", "late", asyncio.Event())
            taken[name].append((time.perf_counter() - start) * 1000)
    with_, without = statistics.median(taken["with"]), statistics.median(taken["without"])
    print(f"shell hook: {without:.1f} ms; with {LINES} juju-log lines: {with_:.1f} ms")
    print(f"each line: {(with_ - without) / LINES:.2f} ms")


async def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    print(real_fleet.machine())
    with tempfile.TemporaryDirectory() as folder:
        await calls(pathlib.Path(folder), rounds)
        await hooks(pathlib.Path(folder), max(rounds // 3, 1))


if __name__ == "__main__":
    asyncio.run(main())
