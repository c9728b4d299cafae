"""adapters.hook_runner.under_way: the hook of an agent that was killed is found, and nobody else is."""

import datetime
import os
import pathlib
import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest

from meterstatus import clock
from meterstatus.adapters.hook_runner import session, under_way

Start = Callable[..., "subprocess.Popen[bytes]"]
MINE, ANOTHER = f"unit-a-{os.getpid()}", f"unit-b-{os.getpid()}"
GRACE = datetime.timedelta(milliseconds=100)


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


def test_a_hook_that_still_runs_is_found(note: under_way.UnderWay, start: Start) -> None:
    """By its process id, or by its context's where it was noted before it had one."""
    hook = start(MINE)
    assert note.leftover() is None
    note.note(MINE)
    assert note.leftover() == hook.pid
    note.note(MINE, hook.pid)
    assert note.leftover() == hook.pid


def test_what_has_ended_or_was_cleared_is_not(note: under_way.UnderWay, start: Start) -> None:
    """A hook that ended by itself is none, nor is one that has been taken care of."""
    hook = start(MINE)
    note.note(MINE, hook.pid)
    note.clear()
    assert note.leftover() is None
    note.note(MINE, hook.pid)
    hook.kill()
    hook.wait()
    assert note.leftover() is None


def test_a_process_of_the_same_number_is_not(note: under_way.UnderWay, start: Start) -> None:
    """Another hook's process, another program's, or one that leads no session is left alone."""
    note.note(MINE, start(ANOTHER).pid)
    assert note.leftover() is None
    note.note(MINE, os.getpid())
    assert note.leftover() is None
    note.note(MINE, start(MINE, leads=False).pid)
    assert note.leftover() is None


def test_a_daemon_of_a_hook_with_a_process_id_is_not(note: under_way.UnderWay, start: Start) -> None:
    """What a hook that has ended left behind in a session of its own is let go."""
    hook = start(MINE)
    hook.kill()
    hook.wait()
    start(MINE)  # a daemon has the environment that its hook had
    note.note(MINE, hook.pid)
    assert note.leftover() is None


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
