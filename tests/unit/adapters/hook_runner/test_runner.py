"""adapters.hook_runner.runner: what becomes of a hook, and what is left of it (A.13, B-06, B-19 to B-29)."""

import asyncio
import datetime
import logging
import os
import pathlib
import signal
import subprocess
from collections.abc import Callable, Iterable

import pytest

from meterstatus import errors
from meterstatus.adapters import hook_runner
from meterstatus.adapters.hook_runner import under_way
from meterstatus.domain.hook import outcome
from meterstatus.ports import time
from meterstatus.runtime import clock
from meterstatus.testing import fakes

LIMIT = 15
Write = Callable[..., pathlib.Path]
Find = Callable[[pathlib.Path], list[int]]
Make = Callable[..., hook_runner.CharmHookRunner]
OUTPUT = "unit.shop/0.meter-status-changed"


async def _run(
    runner: hook_runner.CharmHookRunner, interrupt: time.Interrupt | None = None, info: str = "late"
) -> outcome.HookOutcome:
    word = asyncio.Event() if interrupt is None else interrupt
    return await asyncio.wait_for(runner.run_hook("RED", info, word), LIMIT)


def _outcome_records(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    return [(record.levelno, record.message) for record in caplog.records if record.name == "test.runner"]


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():  # noqa: ASYNC110 # the hook sets no event
            await asyncio.sleep(0.001)


async def _is_free(lock: fakes.FakeMachineLock) -> bool:
    release = await asyncio.wait_for(lock.acquire(worker="test", comment="", cancel=asyncio.Event()), LIMIT)
    release()
    return True


async def test_the_hook_sees_its_status_and_its_unit(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make
) -> None:
    """The whole environment is the one that is promised, and what the shell adds itself."""
    write_script("env > seen")
    assert (await _run(make_runner())).result is outcome.HookResult.RAN
    seen = dict(line.split("=", 1) for line in (charm_dir / "seen").read_text().splitlines())
    assert seen["JUJU_METER_STATUS"] == "RED"
    assert seen["JUJU_METER_INFO"] == "late"
    assert seen["JUJU_UNIT_NAME"] == "shop/0"
    assert seen["JUJU_CHARM_DIR"] == str(charm_dir)
    assert seen["PATH"].endswith("/tools/unit-shop-0:/usr/bin:/bin")
    assert "HOME" not in seen


async def test_no_two_runs_have_the_same_context(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make
) -> None:
    """The context's id is not to be guessed (B-23)."""
    write_script('echo "$JUJU_CONTEXT_ID" >> seen')
    runner = make_runner()
    for _ in range(3):
        await _run(runner)
    identities = (charm_dir / "seen").read_text().splitlines()
    assert len(set(identities)) == 3
    assert all(identity.startswith("unit-shop-0-meter-status-") for identity in identities)


async def test_info_that_no_variable_can_hold_reaches_the_hook_mended(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make
) -> None:
    """NUL and more than a variable holds do not keep the hook from starting."""
    write_script('printf %s "$JUJU_METER_INFO" > seen')
    for info in ("a\0b", "\0" * 300_000, "é" * 300_000):
        assert (await _run(make_runner(), info=info)).result is outcome.HookResult.RAN
        assert (charm_dir / "seen").read_text(encoding="utf-8")[:2] in ("a\ufffd", "\ufffd\ufffd", "éé")


async def test_success_says_which_script_ran(
    write_script: Write, make_runner: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """INFO, with the kind of handler in words; dispatch goes first."""
    caplog.set_level(logging.DEBUG)
    write_script("exit 1")
    write_script('test "$JUJU_DISPATCH_PATH" = hooks/meter-status-changed', "dispatch")
    ended = await _run(make_runner())
    assert ended == outcome.HookOutcome(outcome.HookResult.RAN, 0, "by the charm's dispatch script")
    assert _outcome_records(caplog) == [
        (logging.INFO, "meter-status-changed hook ran: by the charm's dispatch script")
    ]


async def test_a_missing_hook_is_no_fault(make_runner: Make, caplog: pytest.LogCaptureFixture) -> None:
    """INFO, and it counts as delivered."""
    caplog.set_level(logging.DEBUG)
    ended = await _run(make_runner())
    assert ended.result is outcome.HookResult.MISSING
    assert ended.is_delivery
    assert [level for level, _ in _outcome_records(caplog)] == [logging.INFO]


async def test_a_failure_has_its_status_and_its_last_words(
    write_script: Write, make_runner: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """ERROR; the end of the output tells the cause."""
    write_script("echo working\necho >&2\necho no such quota >&2\nexit 3")
    ended = await _run(make_runner())
    assert (ended.result, ended.exit_status) == (outcome.HookResult.FAILED, 3)
    assert ended.detail.startswith("exit status 3: ")
    assert set(ended.detail.removeprefix("exit status 3: ").split(" | ")) == {"working", "no such quota"}
    assert [level for level, _ in _outcome_records(caplog)] == [logging.ERROR]


@pytest.mark.parametrize(
    ("body", "expected", "level"),
    [
        ("kill -TERM $$", (outcome.HookResult.TERMINATED, None, "ended by SIGTERM"), logging.WARNING),
        ("kill -KILL $$", (outcome.HookResult.TERMINATED, None, "ended by SIGKILL"), logging.WARNING),
        ("kill -USR1 $$", (outcome.HookResult.FAILED, None, "ended by SIGUSR1"), logging.ERROR),
        ("exit 143", (outcome.HookResult.FAILED, 143, "exit status 143"), logging.ERROR),
    ],
)
async def test_signals_are_told_apart(
    write_script: Write,
    make_runner: Make,
    caplog: pytest.LogCaptureFixture,
    body: str,
    expected: tuple[object, ...],
    level: int,
) -> None:
    """TERM and KILL are somebody's wish; any other signal is the hook's own failure."""
    write_script(body)
    ended = await _run(make_runner())
    assert (ended.result, ended.exit_status, ended.detail) == expected
    assert [record for record, _ in _outcome_records(caplog)] == [level]


async def test_a_script_without_a_shebang_is_not_started(charm_dir: pathlib.Path, make_runner: Make) -> None:
    """No shell guesses at it."""
    path = charm_dir / "hooks" / "meter-status-changed"
    path.write_text("echo hello\n")
    path.chmod(0o755)
    ended = await _run(make_runner())
    assert ended == outcome.HookOutcome(
        outcome.HookResult.NOT_STARTED,
        detail=f"cannot start {path}: Exec format error;"
        " its first line is no #! line that names an interpreter",
    )


@pytest.mark.parametrize(
    ("first_line", "reason"),
    [
        (
            "#!/bin/sh\r\n",
            "its lines end as on Windows: its interpreter would be /bin/sh and a carriage return",
        ),
        ("#!/opt/none/python3 -u\n", "its interpreter /opt/none/python3 is not there"),
        ("#! /opt/none/python3\n", "its interpreter /opt/none/python3 is not there"),
    ],
)
async def test_an_interpreter_that_is_not_there_is_said_to_be(
    charm_dir: pathlib.Path, make_runner: Make, first_line: str, reason: str
) -> None:
    """The kernel's words for it read as if the hook itself were absent."""
    path = charm_dir / "hooks" / "meter-status-changed"
    path.write_bytes(f"{first_line}echo hello\n".encode())
    path.chmod(0o755)
    ended = await _run(make_runner())
    assert ended == outcome.HookOutcome(
        outcome.HookResult.NOT_STARTED, detail=f"cannot start {path}: {reason}"
    )


async def test_output_goes_to_the_units_log_line_by_line(
    write_script: Write, make_runner: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """DEBUG for output, WARNING for complaints; long lines are split, empty ones kept, none is lost."""
    caplog.set_level(logging.DEBUG, OUTPUT)
    write_script("echo one; echo; head -c 10000 /dev/zero | tr '\\0' x; echo; printf last; echo oops >&2")
    await _run(make_runner())

    def lines(level: int) -> list[str]:
        return [
            record.message for record in caplog.records if (record.name, record.levelno) == (OUTPUT, level)
        ]

    assert lines(logging.DEBUG) == ["one", "", "x" * 4096, "x" * 4096, "x" * 1808, "last"]
    assert lines(logging.WARNING) == ["oops"]


async def test_no_output_is_lost_and_no_time_either(
    write_script: Write, make_runner: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """A hook that ends right after much output has all of it logged (B-29)."""
    caplog.set_level(logging.DEBUG, OUTPUT)
    write_script("seq 20000")
    await _run(make_runner(output_grace=datetime.timedelta(seconds=LIMIT)))
    lines = [record.message for record in caplog.records if record.name == OUTPUT]
    assert lines == [str(number) for number in range(1, 20001)]


async def test_output_that_comes_through_a_child_is_waited_for(
    write_script: Write, make_runner: Make
) -> None:
    """What ends a little after the hook still has its words in the outcome, and costs no more than that."""
    write_script("(sleep 0.05; echo the cause) & exit 1")
    ended = await _run(make_runner(output_grace=datetime.timedelta(minutes=1)))
    assert ended.detail == "exit status 1: the cause"


async def test_a_child_in_the_background_is_left_to_itself(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make, processes_in: Find
) -> None:
    """A daemon that the hook started does not hold up the hook, and is not ended with it."""
    write_script("sleep 60 & exit 0")
    assert (await _run(make_runner())).result is outcome.HookResult.RAN
    (child,) = processes_in(charm_dir)
    os.kill(child, signal.SIGKILL)


async def test_a_lock_that_is_not_to_be_had_starts_nothing(
    write_script: Write, make_runner: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """ERROR: told to stop while waiting; nothing was run."""
    write_script("touch seen")
    lock = fakes.FakeMachineLock()
    release = await lock.acquire(worker="other", comment="", cancel=asyncio.Event())
    interrupt = asyncio.Event()
    running = asyncio.ensure_future(_run(make_runner(machine_lock=lock), interrupt))
    await asyncio.sleep(0)
    interrupt.set()
    ended = await running
    assert ended == outcome.HookOutcome(
        outcome.HookResult.NOT_STARTED,
        detail="failed to acquire the machine lock: cancelled acquiring mutex",
    )
    assert [level for level, _ in _outcome_records(caplog)] == [logging.ERROR]
    release()


async def test_the_lock_is_asked_for_in_jujus_words_and_held_while_the_hook_runs(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make
) -> None:
    """Worker and comment are what other agents' operators know; the next waiter comes after the hook."""
    write_script("touch begun; while [ ! -e go ]; do sleep 0.01; done")
    lock = fakes.FakeMachineLock()
    running = asyncio.ensure_future(_run(make_runner(machine_lock=lock)))
    await _until((charm_dir / "begun").exists)
    assert lock.holders == ["meterstatus (meter-status-changed)"]
    waiting = asyncio.ensure_future(_is_free(lock))
    await asyncio.sleep(0)
    assert not waiting.done()
    (charm_dir / "go").touch()
    await running
    assert await waiting


async def test_every_path_releases_the_lock(write_script: Write, make_runner: Make) -> None:
    """Missing, not started, failed: the next one gets the lock."""
    lock = fakes.FakeMachineLock()
    runner = make_runner(machine_lock=lock)
    await _run(runner)
    write_script("exit 1")
    await _run(runner)
    write_script("exit 1", mode=0o644)
    await _run(runner)
    assert await _is_free(lock)


@pytest.mark.parametrize(
    ("cut_by", "expected"),
    [("interrupt", outcome.HookResult.TERMINATED), ("limit", outcome.HookResult.TIMED_OUT)],
)
async def test_a_hook_that_must_end_is_ended_with_all_it_started(
    charm_dir: pathlib.Path,
    write_script: Write,
    make_runner: Make,
    processes_in: Find,
    cut_by: str,
    expected: outcome.HookResult,
) -> None:
    """Told to stop or at the limit: TERM, then KILL; nothing is left and the lock is free (B-19)."""
    write_script("trap '' TERM; echo stuck; (sleep 60; sleep 60) & touch begun; sleep 60; sleep 60")
    lock = fakes.FakeMachineLock()
    # Long enough for a busy machine to begin the hook.
    limit = datetime.timedelta(seconds=2) if cut_by == "limit" else datetime.timedelta(minutes=1)
    interrupt = asyncio.Event()
    running = asyncio.ensure_future(_run(make_runner(machine_lock=lock, time_limit=limit), interrupt))
    await _until((charm_dir / "begun").exists)
    if cut_by == "interrupt":
        interrupt.set()
    ended = await running
    assert ended.result is expected
    assert ended.detail.endswith("ended by SIGKILL: stuck")
    assert processes_in(charm_dir) == []
    assert await _is_free(lock)


async def test_a_hook_that_obeys_term_has_its_status(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make
) -> None:
    """Cleaning up is no success: the status was not delivered."""
    write_script("trap 'exit 0' TERM; touch begun; while :; do sleep 0.01; done")
    interrupt = asyncio.Event()
    running = asyncio.ensure_future(_run(make_runner(), interrupt))
    await _until((charm_dir / "begun").exists)
    interrupt.set()
    ended = await running
    assert (ended.result, ended.exit_status) == (outcome.HookResult.TERMINATED, 0)
    assert ended.detail.startswith("interrupted, exit status 0")


@pytest.mark.parametrize("times", [1, 3])
async def test_cancelling_ends_the_hook_before_it_raises(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make, processes_in: Find, times: int
) -> None:
    """However often it is cancelled, no process is left and the lock is free when it raises."""
    write_script("trap '' TERM; (sleep 60; sleep 60) & touch begun; sleep 60; sleep 60")
    lock = fakes.FakeMachineLock()
    runner = make_runner(machine_lock=lock)
    running = asyncio.ensure_future(runner.run_hook("RED", "late", asyncio.Event()))
    await _until((charm_dir / "begun").exists)
    for _ in range(times):
        running.cancel()
        await asyncio.sleep(0.005)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert processes_in(charm_dir) == []
    assert await _is_free(lock)


async def test_a_word_said_while_the_lock_came_starts_nothing(write_script: Write, make_runner: Make) -> None:
    """A lock that does not mind the word is minded for."""

    class Deaf:
        async def acquire(
            self, *, worker: str, comment: str, cancel: time.Interrupt | None, group: str = ""
        ) -> Callable[[], None]:
            assert isinstance(cancel, asyncio.Event)
            cancel.set()
            return lambda: None

    write_script("exit 1")
    ended = await _run(make_runner(machine_lock=Deaf()))
    assert ended.result is outcome.HookResult.NOT_STARTED


def test_a_runner_is_a_units(make_runner: Make) -> None:
    """Another agent's tag is refused before anything runs."""
    with pytest.raises(errors.NotValidError):
        make_runner(tag="machine-0")


async def test_the_systems_part_is_read_from_its_file(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make, tmp_path: pathlib.Path
) -> None:
    """os-release decides; one that is not there means another system."""
    write_script('echo "$TERM" >> seen')
    release = tmp_path / "os-release"
    release.write_text("ID=ubuntu\n")
    paths: Iterable[pathlib.Path] = (release, tmp_path / "absent")
    for path in paths:
        await _run(make_runner(os_release=path))
    assert (charm_dir / "seen").read_text() == "tmux-256color\nscreen\n"


async def test_the_hook_of_a_killed_agent_is_ended_before_the_next(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """The lock is free although the hook runs on: its note says whom to end before another begins."""
    note = under_way.UnderWay(charm_dir.parents[2] / under_way.FILE_NAME)
    environment = {"PATH": os.defpath, "JUJU_CONTEXT_ID": "unit-shop-1-meter-status-0"}
    left = subprocess.Popen(  # noqa: ASYNC220 # as the hook of another process it is not this loop's
        ["sleep", "1000"], env=environment, start_new_session=True
    )
    try:
        note.note("unit-shop-1-meter-status-0", left.pid)
        write_script(f"grep -q '^State:.*Z' /proc/{left.pid}/status && echo yes > alone")
        assert (await _run(make_runner())).result is outcome.HookResult.RAN
        assert (charm_dir / "alone").exists()
        assert f"process {left.pid}" in caplog.text
        assert await note.leftover(clock.SystemClock()) is None
    finally:
        left.kill()
        left.wait()


async def test_a_hook_is_noted_while_it_runs(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make
) -> None:
    """With its context's id and its process, and no longer when it has ended, failed or not."""
    note = charm_dir.parents[2] / under_way.FILE_NAME
    write_script(
        f'until grep -q " $$ " {note}; do :; done; cp {note} seen\n'
        "began=$(cat /proc/sys/kernel/random/boot_id)/$(cut -d' ' -f22 /proc/$$/stat)\n"
        "echo $JUJU_CONTEXT_ID $$ $began > expected; exit 3"
    )
    assert (await _run(make_runner())).result is outcome.HookResult.FAILED
    assert (charm_dir / "seen").read_text().split() == (charm_dir / "expected").read_text().split()
    assert note.read_text().split() == []


async def test_a_note_that_cannot_be_written_keeps_no_hook(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """A status is told all the same, and the log says what that costs."""
    (charm_dir.parents[2] / under_way.FILE_NAME).mkdir()
    write_script("exit 0")
    assert (await _run(make_runner())).result is outcome.HookResult.RAN
    assert "nobody would end the hook" in caplog.text


async def test_a_charm_is_looked_at_without_running_anything(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make
) -> None:
    """What it waits for, and whether it has something to run, broken scripts included."""
    runner = make_runner()
    assert (runner.awaited(), runner.has_hook()) == ("", False)
    write_script("touch ran", mode=0o644)
    assert runner.has_hook()
    (charm_dir / ".juju-deploying").touch()
    assert runner.awaited().endswith("is being unpacked")
    assert not (charm_dir / "ran").exists()


async def test_a_wait_that_cannot_be_told_leaves_the_lock_free(make_runner: Make) -> None:
    """What beside the waiting fails comes out, and whoever waits next gets the lock."""
    lock = fakes.FakeMachineLock()
    runner = make_runner(machine_lock=lock)
    release = await lock.acquire(worker="w", comment="", cancel=asyncio.Event())

    async def fail() -> None:
        raise RuntimeError("disk")

    with pytest.raises(RuntimeError, match="disk"):
        await runner.deliver(lambda: None, asyncio.Event(), fail)  # type: ignore[arg-type,return-value]
    release()
    assert await _is_free(lock)


def test_a_runner_asks_its_lock_who_holds_it(make_runner: Make) -> None:
    """A lock that cannot tell names nobody."""

    class Looker(fakes.FakeMachineLock):
        """Can."""

        def lock_holder(self) -> str:
            return "process 7"

    assert make_runner().lock_holder() == ""
    assert make_runner(machine_lock=Looker()).lock_holder() == "process 7"
