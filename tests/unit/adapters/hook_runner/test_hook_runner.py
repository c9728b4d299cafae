"""adapters.hook_runner: what the package offers, and that it works with the real machine lock."""

import asyncio
import logging
import pathlib
import re
from collections.abc import Callable

import pytest

from meterstatus.adapters import hook_runner, machine_lock
from meterstatus.adapters.hook_runner import runner
from meterstatus.domain.hook import outcome
from meterstatus.runtime import clock


def test_the_package_offers_the_runner_and_its_configuration() -> None:
    """Programs need no module of the package by name."""
    assert hook_runner.CharmHookRunner is runner.CharmHookRunner
    assert hook_runner.HookRunnerConfig is runner.HookRunnerConfig
    assert hook_runner.HookRunnerConfig.__dataclass_fields__["time_limit"].default == hook_runner.TIME_LIMIT


@pytest.mark.parametrize("runs", [4])
async def test_hooks_of_a_machine_never_overlap(
    charm_dir: pathlib.Path,
    write_script: Callable[..., pathlib.Path],
    make_runner: Callable[..., hook_runner.CharmHookRunner],
    tmp_path: pathlib.Path,
    runs: int,
) -> None:
    """Runners with locks of their own, as units have, run one hook at a time and log each."""
    write_script("mkdir busy || exit 1; sleep 0.02; rmdir busy")
    runners = [
        make_runner(
            machine_lock=machine_lock.FlockMachineLock(
                f"unit-shop-{number}",
                clock.SystemClock(),
                logging.getLogger("test.lock"),
                tmp_path / "machine-lock.log",
                tmp_path / "lock",
            )
        )
        for number in range(runs)
    ]
    ends = await asyncio.gather(*(one.run_hook("RED", "late", asyncio.Event()) for one in runners))
    assert {end.result for end in ends} == {outcome.HookResult.RAN}
    text = (tmp_path / "machine-lock.log").read_text()
    assert len(re.findall(r": meterstatus \(meter-status-changed\), waited \d+s, held \d+s\n", text)) == runs
