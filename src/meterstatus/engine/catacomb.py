"""Binds lifetimes: one piece of work, and the workers that live no longer than it (spec worker, C.7).

"Catacomb" is Juju's word for it, kept because Juju's people look for it. Not an ``asyncio.TaskGroup``,
which ends its tasks by cancelling them: here everything is asked to stop and then waited for, so that a
hook or a write in progress comes to its own end.

Differs from the reference: a panic has no counterpart; whatever exception leaves the work is the reason,
itself, with its traceback.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Self

from meterstatus import errors
from meterstatus.ports import worker
from meterstatus.runtime import waiting

_logger = logging.getLogger(__name__)


class DyingError(errors.MeterStatusError):
    """A catacomb that is dying took on no more; as a reason to end with, it changes nothing.

    Attributes:
        catacomb: the one that is dying. Given to another as a reason, this error is misuse.
    """

    def __init__(self, catacomb: "Catacomb") -> None:
        super().__init__("dying")
        self.catacomb = catacomb


class Catacomb:
    """A worker made of one function and of other workers, all ending together.

    The work must return soon after ``dying`` is set: ``kill`` does not cancel it, so work that does not
    look hangs, as in Juju. Cancelling happens only when the program's loop is closed; it goes to the work
    and then stops the added workers.

    Attributes:
        dying: set as soon as it is to end, for whatever reason.
    """

    def __init__(self, work: Callable[[Self], Awaitable[None]], name: str) -> None:
        self.dying = asyncio.Event()
        self._name = name
        self._reason: BaseException | None = None
        self._added: dict[asyncio.Task[None], worker.Worker] = {}
        self._main = asyncio.create_task(self._run(work), name=name or None)

    @classmethod
    def start(cls, work: Callable[[Self], Awaitable[None]], *, name: str = "") -> Self:
        """Start the work on the running loop and return at once; the name is for a person's eyes."""
        return cls(work, name)

    @property
    def reason(self) -> BaseException | None:
        """Return what it ends with as far as is known; None is a clean end."""
        return self._reason

    def kill(self, reason: BaseException | None = None) -> None:
        """Ask the work and every added worker to stop; the first reason that is not None stays."""
        if isinstance(reason, DyingError):
            reason = None if reason.catacomb is self else _misused(reason)
        if self._reason is None and not self._main.done():
            self._reason = reason
        if not self.dying.is_set():
            self.dying.set()
            for added in self._added.values():
                self._stop(added)

    async def wait(self) -> None:
        """Return when the work and every added worker have ended, or raise the reason.

        Any number of callers may wait; cancelling one stops nothing. The work itself must not call it.
        """
        await asyncio.shield(self._main)

    def add(self, added: worker.Worker) -> None:
        """Take on a worker: its error kills the catacomb, and the catacomb's end stops it.

        Raises:
            DyingError: too late. The newcomer has been asked to stop and is waited for like the rest;
                an error of its own becomes the reason if there is none yet.
        """
        tending = asyncio.create_task(self._tend(added), name=f"{self._name} tends a worker")
        self._added[tending] = added
        tending.add_done_callback(self._added.pop)
        if self.dying.is_set():
            self._stop(added)
            raise DyingError(self)

    async def _run(self, work: Callable[[Self], Awaitable[None]]) -> None:
        try:
            await work(self)
        except asyncio.CancelledError:
            if waiting.is_cancelled():
                raise
            self.kill(errors.MeterStatusError("work was cancelled"))
        except BaseException as error:  # noqa: BLE001 - whatever it is, wait() raises it
            self.kill(error)
        finally:
            self.kill()
            while self._added:
                await asyncio.wait(self._added)
        if self._reason is not None:
            raise self._reason

    async def _tend(self, added: worker.Worker) -> None:
        try:
            await added.wait()
        except asyncio.CancelledError:
            if waiting.is_cancelled():
                raise
            self._failed(errors.MeterStatusError("added worker was cancelled"))
        except BaseException as error:  # noqa: BLE001 - as above
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        if self._main.done():
            _logger.error("%s: worker added after the end failed: %s", self._name or "catacomb", error)
        self.kill(error)

    def _stop(self, added: worker.Worker) -> None:
        try:
            added.kill()
        except Exception as error:  # noqa: BLE001 - one that cannot be killed must not spare the others
            self._failed(error)


def _misused(error: DyingError) -> errors.MeterStatusError:
    return errors.MeterStatusError(f"dying error of another catacomb ({error.catacomb!r}) given as a reason")
