"""adapters.hook_runner.process: real processes, watched and ended with all their children (D.3, B-19)."""

import asyncio
import datetime
import fcntl
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from meterstatus.adapters.hook_runner import process
from meterstatus.runtime import clock

LIMIT = 10
MOMENT = datetime.timedelta(milliseconds=50)
LONG = datetime.timedelta(seconds=60)
Write = Callable[..., pathlib.Path]
Find = Callable[[pathlib.Path], list[int]]


def _start(
    script: pathlib.Path, directory: pathlib.Path, environment: dict[bytes, bytes] | None = None
) -> tuple[process.HookProcess, list[str], list[str]]:
    output: list[str] = []
    complaints: list[str] = []
    variables = {b"PATH": b"/usr/bin:/bin"} if environment is None else environment
    started = process.HookProcess.start(
        script, directory, variables, (output.extend, complaints.extend), clock.SystemClock()
    )
    return started, output, complaints


async def _until_told(output: list[str], line: str) -> None:
    async with asyncio.timeout(LIMIT):
        while line not in output:  # noqa: ASYNC110 # the process sets no event
            await asyncio.sleep(0.001)


async def test_a_script_runs_in_its_directory_with_its_environment_only(
    charm_dir: pathlib.Path, write_script: Write
) -> None:
    """No arguments, nothing to read, a session of its own, and both outputs apart."""
    path = write_script(
        'echo "$# $(pwd) $HOME"; echo "$$ $(cut -d" " -f6 /proc/$$/stat)"\n'
        "read line || echo end; echo bad >&2"
    )
    started, output, complaints = _start(path, charm_dir, {b"PATH": b"/usr/bin:/bin", b"A": b"1"})
    ended = await asyncio.wait_for(started.exited, LIMIT)
    await started.drain(LONG)
    assert str(ended) == "exit status 0"
    assert output[0] == f"0 {charm_dir} "
    assert len(set(output[1].split())) == 1
    assert (output[2], complaints) == ("end", ["bad"])


@pytest.mark.parametrize(
    ("body", "expected", "text"),
    [
        ("exit 3", process.Exit(status=3), "exit status 3"),
        ("kill -TERM $$", process.Exit(signal=signal.SIGTERM), "ended by SIGTERM"),
        ("trap 'exit 143' TERM; kill -TERM $$", process.Exit(status=143), "exit status 143"),
    ],
)
async def test_the_end_is_told_as_it_was(
    charm_dir: pathlib.Path, write_script: Write, body: str, expected: process.Exit, text: str
) -> None:
    """A status is a status and a signal a signal, also where a shell would write one as the other."""
    started, _, _ = _start(write_script(body), charm_dir)
    ended = await asyncio.wait_for(started.exited, LIMIT)
    started.close()
    assert (ended, str(ended)) == (expected, text)


def test_a_signal_without_a_name_is_told_by_its_number() -> None:
    """Real-time signals have none."""
    assert str(process.Exit(signal=50)) == "ended by signal 50"
    assert str(process.Exit()) == "exit status lost"


@pytest.mark.parametrize("body", [None, "#!/nonexistent/interpreter\n", "no shebang\n"])
async def test_a_script_that_cannot_be_started_leaves_nothing(
    charm_dir: pathlib.Path, body: str | None
) -> None:
    """No descriptor stays open."""
    path = charm_dir / "hook"
    if body is not None:
        path.write_text(body)
        path.chmod(0o755)
    before = set(pathlib.Path("/proc/self/fd").iterdir())
    with pytest.raises(OSError, match=r"No such file|Exec format"):
        _start(path, charm_dir)
    assert set(pathlib.Path("/proc/self/fd").iterdir()) <= before  # the collector may have closed others'


_AGENT = """
import asyncio, fcntl, os, pathlib, sys
from meterstatus.runtime import clock
from meterstatus.adapters.hook_runner import process

async def main(script, lock):
    fcntl.flock(os.open(lock, os.O_RDONLY | os.O_CREAT, 0o600), fcntl.LOCK_EX)
    process.HookProcess.start(script, script.parent, {}, (print, print), clock.SystemClock())

asyncio.run(main(*map(pathlib.Path, sys.argv[1:])))
"""


@pytest.fixture
def begins() -> Iterator[asyncio.Event]:
    """Set while the kernel holds up a process that opens a file which this one has leased."""
    event = asyncio.Event()

    def held_up(_: int, __: object) -> None:
        event.set()

    before = signal.signal(signal.SIGIO, held_up)
    yield event
    signal.signal(signal.SIGIO, before)


async def test_a_hook_that_has_yet_to_begin_holds_the_lock_of_its_agent(
    charm_dir: pathlib.Path, write_script: Write, processes_in: Find, begins: asyncio.Event
) -> None:
    """Killed between fork and exec, an agent leaves a process that is no hook yet, and nobody may go ahead.

    A lease on the script keeps the kernel in the middle of exec for as long as the test wants.
    """
    script, path = write_script("sleep 1000"), charm_dir / "lock"
    leased = os.open(script, os.O_RDONLY)
    fcntl.fcntl(leased, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    agent = subprocess.Popen(  # noqa: ASYNC220 # the hook's parent is not this loop's
        [sys.executable, "-c", _AGENT, script, path]
    )
    try:
        async with asyncio.timeout(LIMIT):
            while not begins.is_set():  # noqa: ASYNC110 # the signal does not wake the loop
                await asyncio.sleep(0.001)
    finally:
        agent.kill()
        agent.wait()
    lock = os.open(path, os.O_RDONLY)
    (begun,) = processes_in(script.parent)
    try:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.fcntl(leased, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        assert pathlib.Path(f"/proc/{begun}/cmdline").read_bytes().startswith(b"/bin/sh")
    finally:
        os.kill(begun, signal.SIGKILL)
        os.close(lock)
        os.close(leased)


async def test_no_descriptor_of_ours_is_the_hooks(charm_dir: pathlib.Path, write_script: Write) -> None:
    """Also none that whoever started the agent left open for its children."""
    low, other = os.pipe()
    left = fcntl.fcntl(low, fcntl.F_DUPFD, 100)  # no number that the shell or ls would take themselves
    os.close(low)
    try:
        started, output, _ = _start(write_script("ls /proc/$$/fd"), charm_dir)
        await asyncio.wait_for(started.exited, LIMIT)
        await started.drain(LONG)
        # The shell has its script open.
        assert len(output) <= 4
        assert str(left) not in output
    finally:
        os.close(left)
        os.close(other)


async def test_an_ended_process_leaves_no_descriptor(charm_dir: pathlib.Path, write_script: Write) -> None:
    """Pipes and the watch are closed."""
    path = write_script("echo x")
    before = set(pathlib.Path("/proc/self/fd").iterdir())
    started, _, _ = _start(path, charm_dir)
    await asyncio.wait_for(started.exited, LIMIT)
    await started.drain(LONG)
    started.close()
    assert set(pathlib.Path("/proc/self/fd").iterdir()) <= before  # the collector may have closed others'


async def test_a_child_that_holds_the_output_open_holds_nothing_up(
    charm_dir: pathlib.Path, write_script: Write, processes_in: Find
) -> None:
    """Draining has its limit, what the script wrote is there, and the child lives on."""
    started, output, _ = _start(write_script("sleep 60 & echo done"), charm_dir)
    await asyncio.wait_for(started.exited, LIMIT)
    await asyncio.wait_for(started.drain(MOMENT), LIMIT)
    started.close()
    assert output == ["done"]
    (child,) = processes_in(charm_dir)
    os.kill(child, signal.SIGKILL)


async def test_ending_is_gentle_first(charm_dir: pathlib.Path, write_script: Write) -> None:
    """A script that cleans up at TERM has the time to."""
    path = write_script("trap 'echo cleaned; exit 0' TERM; echo ready; while :; do sleep 0.01; done")
    started, output, _ = _start(path, charm_dir)
    await _until_told(output, "ready")
    assert await asyncio.wait_for(started.end(LONG), LIMIT)
    await started.drain(LONG)
    started.close()
    assert output == ["ready", "cleaned"]
    assert started.exited.result() == process.Exit(status=0)


async def test_ending_kills_what_does_not_listen(
    charm_dir: pathlib.Path, write_script: Write, processes_in: Find
) -> None:
    """After the grace the whole group is gone: the script, its children and theirs."""
    path = write_script("trap '' TERM; (sleep 60 & sleep 60) & sleep 60 & echo ready; wait")
    started, output, _ = _start(path, charm_dir)
    await _until_told(output, "ready")
    assert await asyncio.wait_for(started.end(MOMENT), LIMIT)
    started.close()
    assert started.exited.result() == process.Exit(signal=signal.SIGKILL)
    assert processes_in(charm_dir) == []


async def test_ending_reaches_groups_that_the_script_makes(
    charm_dir: pathlib.Path, write_script: Write, processes_in: Find
) -> None:
    """What runs under ``timeout``, which makes a group of its own, is ended too."""
    started, output, _ = _start(write_script("timeout 60 sh -c 'echo ready; sleep 60'"), charm_dir)
    await _until_told(output, "ready")
    assert await asyncio.wait_for(started.end(LONG), LIMIT)
    started.close()
    assert processes_in(charm_dir) == []


async def test_ending_ends_children_that_outlive_the_script(
    charm_dir: pathlib.Path, write_script: Write, processes_in: Find
) -> None:
    """A script that is gone at TERM leaves no child that is deaf to it."""
    path = write_script("(trap '' TERM; echo ready; sleep 60; sleep 60) & wait")
    started, output, _ = _start(path, charm_dir)
    await _until_told(output, "ready")
    assert await asyncio.wait_for(started.end(MOMENT), LIMIT)
    started.close()
    assert started.exited.result() == process.Exit(signal=signal.SIGTERM)
    assert processes_in(charm_dir) == []


async def test_cancelling_the_end_kills_at_once(charm_dir: pathlib.Path, write_script: Write) -> None:
    """Whoever cannot wait leaves no process behind either."""
    started, output, _ = _start(
        write_script("trap '' TERM; echo ready; while :; do sleep 1; done"), charm_dir
    )
    await _until_told(output, "ready")
    ending = asyncio.ensure_future(started.end(LONG))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert await asyncio.wait_for(started.exited, LIMIT) == process.Exit(signal=signal.SIGKILL)
    started.close()


def _child(body: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["/bin/sh", "-c", body])


async def test_the_thread_that_stands_in_for_a_pidfd_tells_of_the_end() -> None:
    """Where the kernel has no pidfd, a thread waits, and leaves the reaping to whoever is told."""
    child = _child("exit 3")
    told = asyncio.Event()
    process.watch_in_thread(child.pid, told.set)
    await asyncio.wait_for(told.wait(), LIMIT)
    assert process.reap(child.pid) == process.Exit(status=3)
    child.returncode = 3


def test_a_child_that_was_reaped_by_others_has_lost_its_status() -> None:
    """Unknown is not success."""
    child = _child("exit 0")
    child.wait()
    assert process.reap(child.pid) == process.Exit()
