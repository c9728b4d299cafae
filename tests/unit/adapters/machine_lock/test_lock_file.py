"""adapters.machine_lock.lock_file: the flock itself, against another process (spec worker, D.7)."""

import asyncio
import fcntl
import os
import pathlib
import stat
import threading
from collections.abc import Callable

import pytest

from meterstatus import errors
from meterstatus.adapters.machine_lock import lock_file

Hold = Callable[[pathlib.Path], Callable[[], None]]
LIMIT = 10


def _is_free(path: pathlib.Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _waiting_threads() -> int:
    return sum(thread.name == "machine-lock" for thread in threading.enumerate())


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():  # noqa: ASYNC110 # threads and other processes set no event
            await asyncio.sleep(0.001)


async def _pass(path: pathlib.Path) -> None:
    turn, descriptor = await asyncio.wait_for(lock_file.door_to(path).enter(asyncio.Event()), LIMIT)
    os.close(descriptor)
    turn.end()


async def test_a_free_lock_is_taken_at_once_without_a_thread(tmp_path: pathlib.Path) -> None:
    """The file is made private and closed on exec; nothing is written to it; closing releases."""
    path = tmp_path / "juju-machine-lock"
    coroutine = lock_file.door_to(path).enter(asyncio.Event())
    with pytest.raises(StopIteration) as returned:
        coroutine.send(None)  # returns within one step: nothing was waited for
    turn, descriptor = returned.value.value
    assert _waiting_threads() == 0
    assert not _is_free(path)
    assert not os.get_inheritable(descriptor)
    assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_size) == (0o600, 0)
    os.close(descriptor)
    turn.end()
    assert _is_free(path)
    assert path.exists()


async def test_a_lock_held_by_another_process_is_waited_for(
    tmp_path: pathlib.Path, hold_elsewhere: Hold
) -> None:
    """One thread waits at the flock, whatever the number of waiters, and they are all served."""
    path = tmp_path / "lock"
    release = hold_elsewhere(path)
    waiting = [asyncio.ensure_future(_pass(path)) for _ in range(3)]
    await _until(lambda: _waiting_threads() == 1)
    assert not any(task.done() for task in waiting)
    release()
    await asyncio.gather(*waiting)
    assert _is_free(path)


async def test_a_lock_that_was_waited_for_excludes_everybody(
    tmp_path: pathlib.Path, hold_elsewhere: Hold
) -> None:
    """It is the same as one that was free."""
    path = tmp_path / "lock"
    release = hold_elsewhere(path)
    waiting = asyncio.ensure_future(lock_file.door_to(path).enter(asyncio.Event()))
    await _until(lambda: _waiting_threads() == 1)
    release()
    turn, descriptor = await asyncio.wait_for(waiting, LIMIT)

    shared = os.open(path, os.O_RDONLY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(shared, fcntl.LOCK_SH | fcntl.LOCK_NB)
    os.close(shared)
    os.close(descriptor)
    turn.end()


async def test_a_late_lock_is_given_back(tmp_path: pathlib.Path, hold_elsewhere: Hold) -> None:
    """A waiter told to stop returns while the lock is still held, and the lock that comes later is free."""
    path = tmp_path / "lock"
    release = hold_elsewhere(path)
    cancel = asyncio.Event()
    waiting = asyncio.ensure_future(lock_file.door_to(path).enter(cancel))
    await _until(lambda: _waiting_threads() == 1)
    cancel.set()
    with pytest.raises(errors.LockUnavailableError, match="cancelled"):
        await waiting
    release()
    await _until(lambda: _waiting_threads() == 0)
    await _until(lambda: _is_free(path))


async def test_a_waiter_takes_over_the_thread_of_a_cancelled_one(
    tmp_path: pathlib.Path, hold_elsewhere: Hold
) -> None:
    """Cancelled waits do not pile up threads at the flock."""
    path = tmp_path / "lock"
    release = hold_elsewhere(path)
    for _ in range(3):
        waiting = asyncio.ensure_future(_pass(path))
        await _until(lambda: _waiting_threads() == 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    waiting = asyncio.ensure_future(_pass(path))
    await asyncio.sleep(0)
    assert _waiting_threads() == 1
    release()
    await waiting


async def test_a_lock_on_a_file_that_was_replaced_is_not_the_lock(
    tmp_path: pathlib.Path, hold_elsewhere: Hold
) -> None:
    """Who waited at the old file goes to the one now at the path, and waits for its holder too."""
    path = tmp_path / "lock"
    release_old = hold_elsewhere(path)
    waiting = asyncio.ensure_future(lock_file.door_to(path).enter(asyncio.Event()))
    await _until(lambda: len(_descriptors_on(path)) > 0)
    path.unlink()
    release_new = hold_elsewhere(path)
    release_old()
    # The waiter got the old file's lock, looked, and went on to the new file.
    await _until(lambda: len(_descriptors_on(path)) > 0)
    assert not waiting.done()
    release_new()
    turn, descriptor = await asyncio.wait_for(waiting, LIMIT)
    assert os.path.samestat(os.fstat(descriptor), path.stat())
    os.close(descriptor)
    turn.end()


def _descriptors_on(path: pathlib.Path) -> list[pathlib.Path]:
    facts = path.stat()
    found: list[pathlib.Path] = []
    for name in pathlib.Path("/proc/self/fd").iterdir():
        try:
            if os.path.samestat(os.fstat(int(name.name)), facts):
                found.append(name)
        except OSError:
            continue
    return found


async def test_a_file_removed_while_waited_for_is_made_again(
    tmp_path: pathlib.Path, hold_elsewhere: Hold
) -> None:
    """The lock is always on a file that others can find."""
    path = tmp_path / "lock"
    release = hold_elsewhere(path)
    waiting = asyncio.ensure_future(lock_file.door_to(path).enter(asyncio.Event()))
    await _until(lambda: _waiting_threads() == 1)
    path.unlink()
    release()
    turn, descriptor = await asyncio.wait_for(waiting, LIMIT)
    assert os.path.samestat(os.fstat(descriptor), path.stat())
    os.close(descriptor)
    turn.end()


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: pathlib.Path) -> None:
    """The error names the file, and the next in the queue has its turn."""
    path = tmp_path / "absent" / "lock"
    with pytest.raises(errors.LockUnavailableError, match=r"cannot open .*absent/lock: No such file"):
        await _pass(path)
    path.parent.mkdir()
    await _pass(path)


async def test_a_file_that_can_no_longer_be_opened_ends_the_wait(
    tmp_path: pathlib.Path, hold_elsewhere: Hold
) -> None:
    """The error of the waiting thread reaches the waiter."""
    path = tmp_path / "directory" / "lock"
    path.parent.mkdir()
    release = hold_elsewhere(path)
    waiting = asyncio.ensure_future(_pass(path))
    await _until(lambda: _waiting_threads() == 1)
    # In one step: between an unlink and an rmdir a thread that is slow to come makes the file anew.
    path.parent.rename(tmp_path / "elsewhere")
    release()
    with pytest.raises(errors.LockUnavailableError, match="cannot lock"):
        await waiting


def test_loops_have_doors_of_their_own(tmp_path: pathlib.Path, hold_elsewhere: Hold) -> None:
    """A loop that ended in the middle of a wait leaves nothing behind for the next."""
    path = tmp_path / "lock"
    release = hold_elsewhere(path)

    async def leave() -> None:
        asyncio.ensure_future(lock_file.door_to(path).enter(asyncio.Event()))  # noqa: RUF006 # it is left on purpose
        await _until(lambda: _waiting_threads() == 1)

    asyncio.run(leave())
    release()
    asyncio.run(_pass(path))


@pytest.mark.parametrize("kind", ["link", "dangling link", "fifo"])
async def test_a_lock_that_somebody_else_has_put_there_is_not_taken(
    tmp_path: pathlib.Path, kind: str
) -> None:
    """Nothing is made through a link, and nobody is waited for: the reason is said."""
    path = tmp_path / "lock"
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "target")
        if kind == "link":
            (tmp_path / "target").touch()
    with pytest.raises(errors.LockUnavailableError, match=f"cannot open {path}: it "):
        await asyncio.wait_for(lock_file.door_to(path).enter(asyncio.Event()), LIMIT)
    assert (tmp_path / "target").exists() == (kind == "link")
