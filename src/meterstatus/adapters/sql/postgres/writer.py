"""The one task that changes the database, and its transactions.

Revisions must become visible in their order, or a tail that reads ``revision > last seen`` misses some. So
one writer at a time has the lock, in all controllers together, until its commit is visible; and work that
waits together is committed together (group commit). Only where a piece fails after it wrote something, all of
it is done again with a savepoint for each: two round trips more for every change, for what is rare.

A COMMIT whose answer is lost may have been done, and one that did not wait for the standbys may be lost. Each
transaction writes its number into the row of its writer; after reconnecting, the lock is taken, which waits
for whatever is left of the old transaction, and the row says which. Unlike the server's own memory of
transactions that also holds after a failover to another machine. A row that is there is no proof that it
stays: what it says counts once a COMMIT after it has waited as the first one should have.
"""

import asyncio
import collections
import contextlib
import dataclasses
import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from meterstatus import errors
from meterstatus.adapters.sql import engine
from meterstatus.adapters.sql import jobs as shared
from meterstatus.adapters.sql.postgres import connection, durability, failures, schema, target

_T = TypeVar("_T")
_logger = logging.getLogger("meterstatus.database")

PATIENCE_SECONDS = 15.0
"""Until a change's COMMIT is sent, the wait for others included: a failover passes, a person still waits.
What is not that far by then was not made, and never will be."""

ANSWER_SECONDS = 22.0
"""Until it is said whether a change was made; from its COMMIT on, which may be late, to find that out."""


@dataclasses.dataclass(slots=True, kw_only=True)
class _Job(shared.Job):
    until: float
    """When to stop trying, by the loop's clock."""

    answer_by: float
    """When to say what became of it."""


class _SavepointsError(Exception):
    """A piece of work failed and must be undone alone."""


class _AgainError(Exception):
    """Nothing was changed, and another try may succeed; the cause says why."""


class Writer:
    """Runs work that changes something.

    Args:
        to: the database.
        told: returns once all that was committed before is told, or cannot be; never fails.
    """

    def __init__(self, to: target.Target, told: Callable[[], Awaitable[None]]) -> None:
        self._link = connection.Link(to, "writer", schema.check)
        self._told = told
        self._id = uuid.uuid4()
        self._batch = 0
        self._jobs: collections.deque[_Job] = collections.deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._settling: set[asyncio.Future[None]] = set()
        self._running = asyncio.ensure_future(self._run())

    async def write(self, work: engine.Work[_T]) -> _T:
        """Run work inside a transaction and return its result once that is durable and told."""
        if self._closing:
            raise errors.StoreUnavailableError("the database is closed")
        loop = asyncio.get_running_loop()
        now = loop.time()
        until, answer_by = now + PATIENCE_SECONDS, now + ANSWER_SECONDS
        job = _Job(work, loop.create_future(), until=until, answer_by=answer_by)
        self._jobs.append(job)
        self._wake.set()
        return await job.done

    async def close(self) -> None:
        """Finish what was asked for, then close the connection."""
        self._closing = True
        self._wake.set()
        await asyncio.shield(self._running)
        if self._settling:
            await asyncio.wait(self._settling)

    async def _run(self) -> None:
        while self._jobs or not self._closing:
            await self._wake.wait()
            self._wake.clear()
            while self._jobs:
                jobs = [self._jobs.popleft() for _ in range(min(shared.MOST_AT_ONCE, len(self._jobs)))]
                await self._run_batch(jobs)
                settling = asyncio.ensure_future(self._settle(jobs))
                self._settling.add(settling)
                settling.add_done_callback(self._settling.discard)
        await self._link.close()

    async def _settle(self, jobs: Sequence[_Job]) -> None:
        if any(job.error is None for job in jobs):
            await self._told()
        for job in jobs:
            job.settle()

    async def _run_batch(self, jobs: Sequence[_Job]) -> None:
        """Commit work, tried again while that can help; every job has its result or error then."""
        pause = connection.FIRST_PAUSE_SECONDS
        why: BaseException = TimeoutError("other changes went first")
        while jobs := _in_time(jobs, why):
            try:
                await self._try(jobs)
            except _AgainError as error:
                why = error.__cause__ or why
            except errors.StoreError as error:
                _fail(jobs, error)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, callers wait and the task must go on
                self._link.drop()
                _fail(jobs, failures.unavailable(error))
                return
            else:
                return
            # Not past the time of whoever has waited longest: they are told then.
            await asyncio.sleep(max(0.0, min(pause, jobs[0].until - asyncio.get_running_loop().time())))
            pause = min(2 * pause, connection.LAST_PAUSE_SECONDS)

    async def _try(self, jobs: Sequence[_Job]) -> None:
        """Run work and commit it; what is not done when the first job's time is over is not done at all."""
        number = self._batch = self._batch + 1
        try:
            async with asyncio.timeout_at(jobs[0].until):
                on = await self._link.get(jobs[0].until)
                try:
                    await self._run_jobs(on, jobs)
                except failures.ANY as error:
                    await self._roll_back(on, error)
        except TimeoutError:
            self._link.drop()
            raise _AgainError from self._link.trouble
        # Half of what is left is for the look, where this brings no answer.
        rest = (jobs[0].answer_by - asyncio.get_running_loop().time()) / 2
        try:
            await durability.commit(on, self._commit(number), min(rest, connection.COMMAND_SECONDS))
        except durability.NotKeptError as error:
            await self._resolve(number, error, jobs[0].answer_by)
        except failures.ANY as error:
            if failures.meaning(error) is not failures.Meaning.LOST:
                await self._roll_back(on, error)
            self._link.drop()
            await self._resolve(number, error, jobs[0].answer_by)

    async def _run_jobs(self, on: connection.Connection, jobs: Sequence[_Job]) -> None:
        await on.execute(durability.BEGIN_IF_KEPT)
        try:
            for job in jobs:
                await self._run_job(on, job)
        except _SavepointsError:
            await on.execute(f"ROLLBACK; {durability.BEGIN}")
            for job in jobs:
                await on.execute("SAVEPOINT job")
                with contextlib.suppress(_SavepointsError):
                    await self._run_job(on, job)
                await on.execute("RELEASE job" if job.error is None else "ROLLBACK TO job; RELEASE job")

    async def _run_job(self, on: connection.Connection, job: _Job) -> None:
        """Run a piece of work, and keep its result or error.

        Raises:
            _SavepointsError: it failed, and has left something that must be undone.
        """
        job.result = job.error = None
        transaction = connection.PostgresTransaction(on)
        try:
            job.result = await job.work(transaction)
        except failures.ANY as error:
            if failures.meaning(error) is not failures.Meaning.OWN:
                raise  # the database itself fails: nothing of the batch can be trusted
            job.error = failures.unavailable(error)
            job.error.__cause__ = error
            raise _SavepointsError from error
        except Exception as error:
            job.error = error  # it belongs to the caller, who gets it
            if transaction.has_written:
                raise _SavepointsError from error

    def _commit(self, number: int) -> str:
        """Return the end of a transaction: one message, so that to know what became of it costs nothing."""
        return (
            f"INSERT INTO writers (id, batch, at) VALUES ('{self._id}', {number}, now())"  # noqa: S608
            " ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, at = excluded.at; COMMIT"
        )

    async def _undo(self, on: connection.Connection) -> None:
        try:
            await on.execute("ROLLBACK")
        except failures.ANY:
            self._link.drop()

    async def _roll_back(self, on: connection.Connection, error: Exception) -> None:
        """End a transaction that was not committed.

        Raises:
            _AgainError: another try may succeed.
            StoreUnavailableError: none would.
        """
        means = failures.meaning(error)
        if means is failures.Meaning.LOST:
            _logger.warning("the database's writer lost its connection: %s", failures.in_words(error))
            self._link.drop()
            raise _AgainError from error
        await self._undo(on)
        if means is failures.Meaning.AGAIN:
            raise _AgainError from error
        raise failures.unavailable(error) from error

    async def _resolve(self, number: int, why: Exception, until: float) -> None:
        """Find out whether a transaction was committed whose end nobody vouched for; return if it was.

        What is read may be lost with this server. So the answer is a COMMIT of its own, after that one in the
        server's log, which waits for whatever that one should have waited for.

        Raises:
            _AgainError: it was not.
            OutcomeUnknownError: that could not be found out in time.
        """
        loop = asyncio.get_running_loop()
        _logger.warning("a COMMIT had no answer to rely on (%s); looking whether it was done", _line(why))
        while (rest := until - loop.time()) > 0:
            try:
                async with asyncio.timeout(rest):
                    on = await self._link.get(until)
                    await on.execute(durability.BEGIN)
                    stored = await on.fetchval("SELECT batch FROM writers WHERE id = $1", self._id)
                is_done = stored is not None and stored >= number
                if is_done:
                    proof = f"UPDATE writers SET at = now() WHERE id = '{self._id}'; COMMIT"  # noqa: S608
                    await durability.commit(on, proof, until - loop.time())
                else:
                    await on.execute("ROLLBACK")
            except (*failures.ANY, durability.NotKeptError, errors.StoreUnavailableError):
                self._link.drop()
                await asyncio.sleep(connection.FIRST_PAUSE_SECONDS)
                continue
            _logger.warning("that COMMIT was %s", "done" if is_done else "not done, and is tried again")
            if is_done:
                return
            raise _AgainError from why
        raise errors.OutcomeUnknownError(
            "the database was told to keep the change, and did not say in time that it has;"
            " it may have been made: look at the history before trying again"
        ) from why


def _line(why: Exception) -> str:
    return str(why) if isinstance(why, durability.NotKeptError) else failures.in_words(why)


def _in_time(jobs: Sequence[_Job], why: BaseException) -> Sequence[_Job]:
    """Refuse the jobs whose time is over, for a reason, and return the others."""
    now = asyncio.get_running_loop().time()
    error = why if isinstance(why, errors.StoreUnavailableError) else failures.unavailable(why)
    _fail([job for job in jobs if job.until <= now], error)
    return [job for job in jobs if job.until > now]


def _fail(jobs: Sequence[_Job], error: Exception) -> None:
    for job in jobs:
        if job.error is None or isinstance(error, errors.StoreUnavailableError):
            job.error = error
