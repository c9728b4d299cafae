"""``Engine`` on a thread of its own, the only one that touches the database.

Work that waits together is committed together: one sync of the disk for all of it (group commit), each
piece in a savepoint of its own so that one that fails takes none of the others with it. After each commit
the thread reads the tail, which is published on the loop, a lot of changes in a turn.
"""

import asyncio
import collections
import contextlib
import datetime
import functools
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from meterstatus import errors
from meterstatus.adapters.sql import engine, following, jobs
from meterstatus.adapters.sql.sqlite import transaction
from meterstatus.domain import slicing
from meterstatus.domain.fleet import records

_T = TypeVar("_T")


class ThreadedEngine:
    """``Engine`` on a connection that it owns from here on.

    Args:
        connection: in autocommit mode, usable on any thread.
        tail: read after each commit, and published before the work that caused it is reported done.
    """

    def __init__(self, connection: sqlite3.Connection, tail: following.Tail) -> None:
        self._connection = connection
        self._transaction = transaction.SQLiteTransaction(connection)
        self._tail = tail
        self._jobs: queue.SimpleQueue[jobs.Job | None] = queue.SimpleQueue()
        self._closing: asyncio.Future[None] | None = None
        self._to_tell: collections.deque[Callable[[], object]] = collections.deque()
        # A daemon: if the loop dies without close(), the process must still be able to end, and what was
        # not yet acknowledged may be lost.
        self._thread = threading.Thread(target=self._run, name="database", daemon=True)
        self._thread.start()

    async def read(self, work: engine.Work[_T]) -> _T:
        """Run work that only reads, after all that was asked for before it."""
        return await self.write(work)

    async def follow(self, work: engine.Work[_T]) -> _T:
        """Run the work that begins to follow; nothing runs beside it."""
        return await self.write(work)

    async def catch_up(self) -> None:
        """Return once what was committed is told; anybody who hears that it is, hears so after that."""
        if self._to_tell:
            told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._to_tell.append(lambda: told.done() or told.set_result(None))
            await told

    def unconfirmed_for(self) -> datetime.timedelta:
        """Return nothing: no other process writes, and what this one writes is told."""
        return datetime.timedelta()

    async def time(self) -> None:
        """Return nothing: a file has no clock."""

    async def write(self, work: engine.Work[_T]) -> _T:
        """Run work inside a transaction and return its result once that is durable."""
        if self._closing is not None:
            raise errors.StoreUnavailableError("the database is closed")
        job = jobs.Job(work, asyncio.get_running_loop().create_future())
        self._jobs.put(job)
        return await job.done

    async def close(self) -> None:
        """Finish what was asked for, then close the connection."""
        if self._closing is None:
            loop = asyncio.get_running_loop()
            self._closing = loop.create_future()
            self._jobs.put(None)
        await asyncio.shield(self._closing)

    def _run(self) -> None:
        closing = False
        while not closing:
            batch, closing = self._next_batch()
            if batch:
                self._run_batch(batch)
        self._connection.close()
        closed = self._closing
        assert closed is not None, "only close() ends the thread"
        _tell(closed.get_loop(), lambda: self._queue([lambda: closed.done() or closed.set_result(None)]))

    def _next_batch(self) -> tuple[list[jobs.Job], bool]:
        job = self._jobs.get()
        batch: list[jobs.Job] = []
        while job is not None:
            batch.append(job)
            if len(batch) == jobs.MOST_AT_ONCE or self._jobs.empty():
                return batch, False
            job = self._jobs.get()
        return batch, True

    def _run_batch(self, batch: Sequence[jobs.Job]) -> None:
        updates: Sequence[records.Update] = ()
        try:
            before = self._connection.total_changes
            self._connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                self._run_job(job)
            self._commit()
            if self._connection.total_changes != before:
                updates = self._transaction.drive(self._tail.read)
        except Exception as error:  # noqa: BLE001 - whatever it is, callers wait and the thread must go on
            self._fail(batch, error)
        _tell(batch[0].done.get_loop(), lambda: self._report(batch, updates))

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if error.sqlite_errorname != "SQLITE_IOERR_FSYNC":
                raise
            raise errors.OutcomeUnknownError(
                "the disk did not say that it has kept the change, which may have been made;"
                " look at the history before trying again"
            ) from error

    def _run_job(self, job: jobs.Job) -> None:
        self._connection.execute("SAVEPOINT job")
        try:
            job.result = self._transaction.drive(job.work)
        except sqlite3.Error:
            raise  # the database itself fails: nothing of the batch can be trusted
        except Exception as error:  # noqa: BLE001 - the error belongs to the caller, who gets it
            job.error = error
            self._connection.execute("ROLLBACK TO job")
        self._connection.execute("RELEASE job")

    def _fail(self, batch: Sequence[jobs.Job], error: Exception) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        for job in batch:
            if isinstance(error, errors.OutcomeUnknownError):
                job.error = job.error or error
                continue
            job.error = errors.StoreUnavailableError(f"the database failed: {error}")
            job.error.__cause__ = error

    def _report(self, batch: Sequence[jobs.Job], updates: Sequence[records.Update]) -> None:
        *before, last = slicing.lots(updates) if updates else ((),)
        self._queue([functools.partial(self._tail.publish, lot) for lot in before])
        self._queue([lambda: self._end(batch, last)])

    def _end(self, batch: Sequence[jobs.Job], last: Sequence[records.Update]) -> None:
        try:
            self._tail.publish(last)
        finally:
            for job in batch:
                job.settle()

    def _queue(self, what: Sequence[Callable[[], object]]) -> None:
        """Do one after the other on the loop, after all that was queued before; each in a turn of its own."""
        is_idle = not self._to_tell
        self._to_tell.extend(what)
        if is_idle and what:
            self._tell_next()

    def _tell_next(self) -> None:
        try:
            self._to_tell[0]()
        finally:
            self._to_tell.popleft()
            if self._to_tell:
                asyncio.get_running_loop().call_soon(self._tell_next)


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    try:
        loop.call_soon_threadsafe(callback)
    except RuntimeError:
        # The loop is closed: nobody is left to be told.
        return
