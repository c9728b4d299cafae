"""adapters.hook_runner.under_way: the hook of an agent that was killed is found, and nobody else is."""

import datetime
import functools
import os
import pathlib
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from typing import IO

import pytest

from meterstatus.adapters.hook_runner import session, under_way
from meterstatus.runtime import clock

Start = Callable[..., "subprocess.Popen[bytes]"]
MINE, ANOTHER = f"unit-a-{os.getpid()}", f"unit-b-{os.getpid()}"
GRACE = datetime.timedelta(milliseconds=100)
CLOCK = clock.SystemClock()


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process as a hook is started, by its context id, that lives until it is ended."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(
        context_id: str, script: str = "exec sleep 1000", *, leads: bool = True
    ) -> subprocess.Popen[bytes]:
        env = {"PATH": os.defpath, "JUJU_CONTEXT_ID": context_id}
        words = ["/bin/sh", "-c", f"echo ready; {script}"]
        process = subprocess.Popen(words, env=env, start_new_session=leads, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield begin
    for process in started:
        process.kill()
        session.signal_all(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def note(tmp_path: pathlib.Path) -> under_way.UnderWay:
    """A note that was never written."""
    return under_way.UnderWay(tmp_path / "note")


async def test_a_hook_that_still_runs_is_found(note: under_way.UnderWay, start: Start) -> None:
    """By its process, or by its context's id where it was noted before it had one."""
    hook = start(MINE)
    assert await note.leftover(CLOCK) is None
    note.note(MINE)
    assert await note.leftover(CLOCK) == hook.pid
    note.note(MINE, hook.pid)
    assert await note.leftover(CLOCK) == hook.pid


async def test_a_hook_that_has_other_variables_by_now_is_found(
    note: under_way.UnderWay, start: Start
) -> None:
    """A script may replace itself and its variables, which a process id outlives."""
    hook = start(MINE, "exec env -i sleep 1000")
    environment = pathlib.Path(f"/proc/{hook.pid}/environ")
    while environment.read_bytes():
        pass
    note.note(MINE, hook.pid)
    assert await note.leftover(CLOCK) == hook.pid


class _Kernel:
    """A clock on which nothing passes but what the kernel does next."""

    def __init__(self, steps: Iterable[Callable[[], object]] = ()) -> None:
        self.steps = iter(steps)
        self.asked = datetime.timedelta(0)

    def now(self) -> datetime.datetime:
        return CLOCK.now()

    def after(self, delay: datetime.timedelta) -> clock.BootTimer:
        self.asked += delay
        next(self.steps, int)()
        return CLOCK.after(datetime.timedelta(0))


def _answer(to: int, output: IO[bytes]) -> None:
    os.write(to, b"\n")
    output.readline()


async def test_a_hook_in_the_middle_of_its_exec_is_found(note: under_way.UnderWay) -> None:
    """It has no variables at that moment, and is looked at until it has, or for a second."""
    script = f"read line; exec env JUJU_CONTEXT_ID={MINE} sh -c 'echo ready; exec sleep 1000'"
    with subprocess.Popen(  # noqa: ASYNC220 # as the hook of another process it is not this loop's
        ["/bin/sh", "-c", script],
        env={},
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as hook:
        assert hook.stdin is not None
        assert hook.stdout is not None
        try:
            note.note(MINE)
            kernel = _Kernel()
            assert await note.leftover(kernel) is None
            assert kernel.asked == under_way.EXEC_LIMIT
            ends = functools.partial(_answer, hook.stdin.fileno(), hook.stdout)
            assert await note.leftover(_Kernel((int, ends))) == hook.pid
        finally:
            hook.kill()


async def test_what_has_ended_or_was_cleared_is_not(note: under_way.UnderWay, start: Start) -> None:
    """A hook that ended by itself is none, nor is one that has been taken care of."""
    hook = start(MINE)
    note.note(MINE, hook.pid)
    note.clear()
    assert await note.leftover(CLOCK) is None
    note.note(MINE, hook.pid)
    hook.kill()
    hook.wait()
    assert await note.leftover(CLOCK) is None


async def test_a_process_of_the_same_number_is_not(
    note: under_way.UnderWay, start: Start, tmp_path: pathlib.Path
) -> None:
    """One that began at another time or in another boot, or one that leads no session, is left alone."""
    hook, later = start(MINE), start(MINE)
    while session.birth(later.pid) == session.birth(hook.pid):  # a tick of the kernel's is 10 ms
        later = start(MINE)
    note.note(MINE, hook.pid)
    written = (tmp_path / "note").read_text()
    (tmp_path / "note").write_text(written.replace(f" {hook.pid} ", f" {later.pid} "))
    assert await note.leftover(CLOCK) is None
    boot = session.birth(hook.pid).partition("/")[0]
    (tmp_path / "note").write_text(written.replace(boot, "another-boot"))
    assert await note.leftover(CLOCK) is None
    note.note(MINE, start(MINE, leads=False).pid)
    assert await note.leftover(CLOCK) is None


async def test_a_daemon_of_a_hook_with_a_process_id_is_not(note: under_way.UnderWay, start: Start) -> None:
    """What a hook that has ended left behind in a session of its own is let go."""
    hook = start(MINE)
    hook.kill()
    hook.wait()
    start(MINE)  # a daemon has the environment that its hook had
    note.note(MINE, hook.pid)
    assert await note.leftover(CLOCK) is None


def test_a_note_is_private_and_of_one_size(note: under_way.UnderWay, tmp_path: pathlib.Path) -> None:
    """A full disk can take any note in place of any other, and nobody else can read it."""
    sizes: set[int] = set()
    for write in (lambda: note.note(MINE), lambda: note.note(f"{MINE}-longer", 12345), note.clear):
        write()
        sizes.add((tmp_path / "note").stat().st_size)
    assert len(sizes) == 1
    assert (tmp_path / "note").stat().st_mode & 0o777 == 0o600


def test_a_note_that_cannot_be_written_raises(tmp_path: pathlib.Path) -> None:
    """The caller says so; a link in the note's place is not followed."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="link"):
        under_way.UnderWay(tmp_path / "link").note(MINE)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("script", ["sleep 1000 & wait", "trap '' TERM; sleep 1000 & wait; wait"])
async def test_all_of_it_is_ended(start: Start, script: str) -> None:
    """TERM ends it and its children, and KILL what does not listen."""
    hook = start(MINE, script)
    assert await under_way.end(hook.pid, GRACE, clock.SystemClock())
    assert hook.wait() < 0
