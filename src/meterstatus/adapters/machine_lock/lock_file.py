"""One lock file as one event loop sees it: a queue, and at most one thread waiting at the flock.

Hands out descriptors that hold the lock; closing one gives it back. Knows nothing of agents, logs or
units (spec worker, D.7).
"""

import asyncio
import collections
import fcntl
import os
import pathlib
import threading
import weakref

from meterstatus import errors
from meterstatus.ports import time
from meterstatus.runtime import regular_file


class LockFile:
    """The way to one lock file; everybody of a loop who wants that lock goes through the same door."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._queue: collections.deque[asyncio.Future[None]] = collections.deque()
        self.holder = ""
        """Who of this process holds the lock, by name; "" where nobody does."""

        self._arriving: asyncio.Future[int] | None = None
        self._is_wanted = False

    async def enter(self, cancel: time.Interrupt) -> tuple["Ticket", int]:
        """Wait for one's turn, then for the lock; return the turn, to be ended, and the lock's descriptor.

        Raises:
            LockUnavailableError: cancelled, or the file cannot be opened; nothing is held then.
        """
        turn = Ticket(self, self._queue)
        try:
            await _until(turn.came, cancel)
            return turn, await self._lock(cancel)
        except BaseException:
            turn.end()
            raise

    async def _lock(self, cancel: time.Interrupt) -> int:
        try:
            descriptor = _try_lock(self._path)
        except OSError as error:
            raise errors.LockUnavailableError(f"cannot open {self._path}: {error.strerror}") from error
        return await self._wait_for_lock(cancel) if descriptor is None else descriptor

    async def _wait_for_lock(self, cancel: time.Interrupt) -> int:
        # A thread that a cancelled waiter left at the flock is taken over by the next, so that cancelled
        # waits do not pile up threads.
        if self._arriving is None:
            self._arriving = asyncio.get_running_loop().create_future()
            self._start_waiting(self._arriving)
        arriving = self._arriving
        self._is_wanted = True
        try:
            await _until(arriving, cancel)
        except BaseException:
            if arriving.done():
                self._give_back(arriving)
            raise
        finally:
            self._is_wanted = False
        self._arriving = None
        return arriving.result()

    def _start_waiting(self, arriving: asyncio.Future[int]) -> None:
        loop = asyncio.get_running_loop()

        def wait() -> None:
            descriptor, failure = -1, None
            try:
                descriptor = _block_for_lock(self._path)
            except OSError as error:
                failure = error
            try:
                loop.call_soon_threadsafe(self._arrived, arriving, descriptor, failure)
            except RuntimeError:  # the loop was closed meanwhile
                if failure is None:
                    os.close(descriptor)

        # A daemon, unlike an executor's: a flock cannot be interrupted, and must not hold up the exit.
        threading.Thread(target=wait, name="machine-lock", daemon=True).start()

    def _arrived(self, arriving: asyncio.Future[int], descriptor: int, failure: OSError | None) -> None:
        if failure is None:
            arriving.set_result(descriptor)
        else:
            error = errors.LockUnavailableError(f"cannot lock {self._path}: {failure.strerror}")
            error.__cause__ = failure
            arriving.set_exception(error)
        if not self._is_wanted:
            self._give_back(arriving)

    def _give_back(self, arriving: asyncio.Future[int]) -> None:
        self._arriving = None
        if arriving.exception() is None:
            os.close(arriving.result())


class Ticket:
    """A place in a queue, served first come first served."""

    def __init__(self, door: LockFile, queue: collections.deque[asyncio.Future[None]]) -> None:
        self._door = door
        self._queue = queue
        self.came: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done from the moment this is the first place."""

        queue.append(self.came)
        if len(queue) == 1:
            self.came.set_result(None)

    def take(self, name: str) -> None:
        """Say who holds the lock now that it was this one's turn."""
        self._door.holder = name

    def end(self) -> None:
        """Leave the queue, from whichever place, and let the next one come."""
        if self._queue[0] is self.came:
            self._door.holder = ""
        self._queue.remove(self.came)
        if self._queue and not self._queue[0].done():
            self._queue[0].set_result(None)


_doors: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[pathlib.Path, LockFile]] = (
    weakref.WeakKeyDictionary()
)


def door_to(path: pathlib.Path) -> LockFile:
    """Return the running loop's door to a lock file, the same for every unit of the process."""
    doors = _doors.setdefault(asyncio.get_running_loop(), {})
    return doors.setdefault(path, LockFile(path))


async def _until(future: asyncio.Future[int] | asyncio.Future[None], cancel: time.Interrupt) -> None:
    """Wait for a future, or raise LockUnavailableError at the word to stop, which goes first."""
    if not future.done() and not cancel.is_set():
        word = asyncio.ensure_future(cancel.wait())
        try:
            await asyncio.wait((future, word), return_when=asyncio.FIRST_COMPLETED)
        finally:
            word.cancel()
    if cancel.is_set():
        raise errors.LockUnavailableError("cancelled acquiring mutex")


def _open(path: pathlib.Path) -> int:
    return regular_file.open_descriptor(path, os.O_RDONLY | os.O_CREAT)


def _is_at(path: pathlib.Path, descriptor: int) -> bool:
    """Tell whether a descriptor still is the file at the path: a lock on a replaced file excludes nobody."""
    try:
        there = path.lstat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), there)


def _lock_current(path: pathlib.Path, operation: int) -> int:
    while True:
        descriptor = _open(path)
        try:
            fcntl.flock(descriptor, operation)
            if _is_at(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _try_lock(path: pathlib.Path) -> int | None:
    try:
        return _lock_current(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None


def _block_for_lock(path: pathlib.Path) -> int:
    return _lock_current(path, fcntl.LOCK_EX)
