"""adapters.machine_lock.lock: the agent's side, with log and report (spec worker, D.7)."""

import asyncio
import datetime
import logging
import pathlib
import re
from collections.abc import Callable
from typing import cast

import pytest

from meterstatus import errors
from meterstatus.adapters.machine_lock import lock as locks
from meterstatus.runtime import clock
from meterstatus.testing import manual_clock, virtual_time

LOGGER = logging.getLogger("test.lock")
STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


CLOCK = manual_clock.ManualClock()
"""Stands still: how long a busy machine takes for a test is not what is in its lines."""


def _lock(directory: pathlib.Path, agent: str = "unit-app-0") -> locks.FlockMachineLock:
    return locks.FlockMachineLock(agent, CLOCK, LOGGER, directory / "machine-lock.log", directory)


def test_the_constructors_arguments_are_mandatory_in_jujus_order() -> None:
    """Each is missed only where those before it are given."""
    ticking = clock.SystemClock()
    for arguments, missing in (
        (("", None, None, ""), "AgentName"),
        (("a", None, None, ""), "Clock"),
        (("a", ticking, None, ""), "Logger"),
        (("a", ticking, LOGGER, ""), "LogFilename"),
    ):
        with pytest.raises(errors.NotValidError, match=rf"^missing {missing} not valid$"):
            locks.FlockMachineLock(*arguments)


async def test_the_log_has_the_start_once_and_a_line_for_each_release(tmp_path: pathlib.Path) -> None:
    """Lines are Juju's; each agent's first one is announced."""
    first, second = _lock(tmp_path), _lock(tmp_path, "unit-app-1")
    for lock, worker in ((first, "meterstatus"), (first, "other"), (second, "meterstatus")):
        (await lock.acquire(worker=worker, comment="meter-status-changed", cancel=asyncio.Event()))()
    text = (tmp_path / "machine-lock.log").read_text()
    assert re.fullmatch(
        rf"{STAMP} === agent unit-app-0 started ===\n"
        rf"{STAMP} unit-app-0: meterstatus \(meter-status-changed\), waited 0s, held 0s\n"
        rf"{STAMP} unit-app-0: other \(meter-status-changed\), waited 0s, held 0s\n"
        rf"{STAMP} === agent unit-app-1 started ===\n"
        rf"{STAMP} unit-app-1: meterstatus \(meter-status-changed\), waited 0s, held 0s\n",
        text,
    )


async def test_the_line_is_written_before_the_release(tmp_path: pathlib.Path) -> None:
    """Who gets the lock next finds the line, so that writers never overlap."""
    first, second = _lock(tmp_path), _lock(tmp_path, "unit-app-1")
    release = await first.acquire(worker="w", comment="", cancel=asyncio.Event())
    waiting = asyncio.ensure_future(second.acquire(worker="w", comment="", cancel=asyncio.Event()))
    await asyncio.sleep(0)
    assert not (tmp_path / "machine-lock.log").exists()
    release()
    assert "unit-app-0: w, waited" in (tmp_path / "machine-lock.log").read_text()
    (await waiting)()


async def test_agents_of_one_process_exclude_each_other_in_their_order(tmp_path: pathlib.Path) -> None:
    """Every unit has its own lock object; the queue is one."""
    agents = [_lock(tmp_path, f"unit-app-{number}") for number in range(4)]
    served: list[int] = []

    async def take(number: int) -> None:
        release = await agents[number].acquire(worker="w", comment="", cancel=asyncio.Event())
        served.append(number)
        await asyncio.sleep(0)
        release()

    await asyncio.gather(*(take(number) for number in (2, 0, 3, 1)))
    assert served == [2, 0, 3, 1]


async def test_a_log_that_cannot_be_written_fails_nothing(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The lock is released all the same, and a warning says what is wrong."""
    lock = locks.FlockMachineLock(
        "unit-app-0", clock.SystemClock(), LOGGER, tmp_path / "absent" / "lock.log", tmp_path
    )
    for _ in range(2):
        (await lock.acquire(worker="w", comment="", cancel=asyncio.Event()))()
    assert "cannot write the machine lock's log" in caplog.text


async def test_a_group_that_no_file_may_be_named_after_is_unavailable(tmp_path: pathlib.Path) -> None:
    """A group cannot lead out of the directory."""
    with pytest.raises(errors.LockUnavailableError, match=r'^lock group "\.\./x" not valid$'):
        await _lock(tmp_path).acquire(worker="w", comment="", cancel=asyncio.Event(), group="../x")


@virtual_time.virtual
async def test_durations_are_those_of_the_clock(tmp_path: pathlib.Path) -> None:
    """The wait ends with the acquisition, the hold with the release."""
    ticking = virtual_time.VirtualClock()
    lock = locks.FlockMachineLock("unit-app-0", ticking, LOGGER, tmp_path / "machine-lock.log", tmp_path)
    release = await lock.acquire(worker="one", comment="", cancel=asyncio.Event())
    waiting = asyncio.ensure_future(lock.acquire(worker="two", comment="", cancel=asyncio.Event()))
    await ticking.advance(datetime.timedelta(seconds=65))
    assert lock.report()["holder"] == "one, holding 1m5s"
    assert lock.report()["waiting"] == ["two, waiting 1m5s"]
    release()
    second_release = await waiting
    await ticking.advance(datetime.timedelta(hours=1))
    second_release()
    lines = (tmp_path / "machine-lock.log").read_text().splitlines()
    assert lines[1].endswith("unit-app-0: one, waited 0s, held 1m5s")
    assert lines[2].endswith("unit-app-0: two, waited 1m5s, held 1h0m0s")


async def test_the_report_follows_the_lock(tmp_path: pathlib.Path) -> None:
    """Oldest waiter first, newest history first."""
    lock = _lock(tmp_path)
    cancel = asyncio.Event()
    assert lock.report() == {"holder": "none", "waiting": [], "history": []}
    release = await lock.acquire(worker="one", comment="x", cancel=asyncio.Event())
    second = asyncio.ensure_future(lock.acquire(worker="two", comment="", cancel=asyncio.Event()))
    third = asyncio.ensure_future(lock.acquire(worker="three", comment="", cancel=cancel))
    await asyncio.sleep(0)
    assert lock.report()["holder"] == "one (x), holding 0s"
    assert lock.report()["waiting"] == ["two, waiting 0s", "three, waiting 0s"]
    cancel.set()
    with pytest.raises(errors.LockUnavailableError):
        await third
    assert lock.report()["waiting"] == ["two, waiting 0s"]
    release()
    (await second)()
    history = cast("list[str]", lock.report()["history"])
    assert [re.sub(rf"{STAMP} ", "", line) for line in history] == [
        "unit-app-0: two, waited 0s, held 0s",
        "unit-app-0: one (x), waited 0s, held 0s",
    ]


async def test_a_directory_of_ones_own_is_made(tmp_path: pathlib.Path) -> None:
    """The first agent that needs it makes it, private."""
    lock = _lock(tmp_path / "agent" / "lock")
    (await lock.acquire(worker="w", comment="", cancel=asyncio.Event()))()
    assert (tmp_path / "agent" / "lock" / "juju-machine-lock").exists()


async def test_who_holds_the_lock_is_named(
    tmp_path: pathlib.Path, hold_elsewhere: Callable[[pathlib.Path], Callable[[], None]]
) -> None:
    """Nobody, another unit of this agent, or a process of somebody else."""
    first, second = _lock(tmp_path), _lock(tmp_path, "unit-app-1")
    assert second.lock_holder() == ""
    release = await first.acquire(worker="w", comment="", cancel=asyncio.Event())
    path = tmp_path / "juju-machine-lock"
    assert second.lock_holder() == f"{path} is held by this agent, for a hook of unit-app-0"
    release()
    hold_elsewhere(path)
    assert second.lock_holder().startswith(f"{path} is held by process ")
