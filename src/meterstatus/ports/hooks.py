"""Running a unit's hook, one at a time on a machine."""

from collections.abc import Awaitable, Callable
from typing import Protocol, runtime_checkable

from meterstatus.domain.hook import hook_call, outcome
from meterstatus.ports import time


class HookRunner(Protocol):
    """Runs the unit's ``meter-status-changed`` hook (spec worker, A.13).

    Differs from the reference on purpose: it says what became of the hook (B-06).
    """

    async def run_hook(self, code: str, info: str, interrupt: time.Interrupt, /) -> outcome.HookOutcome:
        """Run the hook once with a status and return what became of it; never raises for the hook.

        ``interrupt`` ends the wait for the machine lock, and ends a running hook. Returns only when
        the hook has ended and the lock is released. A hook that ended by itself may leave processes
        running, such as a daemon it started; one that had to be ended, by the interrupt or by a time
        limit, leaves none. Cancelling ends the hook as the interrupt does.
        """
        ...


Prepare = Callable[[], Awaitable[hook_call.HookCall | None]]
"""Asked once, under the machine lock, what the hook is to be told now; None is nothing any more."""


@runtime_checkable
class DeliveryRunner(HookRunner, Protocol):
    """A hook runner that asks what to tell only when it holds the machine lock (spec worker, B-20).

    Not every caller's runner is one; another is told what was right before it began to wait.
    """

    async def deliver(
        self,
        prepare: Prepare,
        interrupt: time.Interrupt,
        waits: Callable[[], Awaitable[None]] | None = None,
        ends: time.Interrupt | None = None,
    ) -> outcome.HookOutcome | None:
        """Take the lock, ask, run the hook once, and return what became of it; None where nothing was told.

        Args:
            prepare: may take its time, but not long: the lock is held. What it raises comes out of here,
                with the lock released and no hook run.
            interrupt: as for ``run_hook``. Once it is said, ``prepare`` is not called any more.
            waits: called once where the lock is not free at once, beside the waiting.
            ends: ends a running hook in place of ``interrupt``, which then ends only the wait for the lock.
        """
        ...


@runtime_checkable
class CharmLooker(HookRunner, Protocol):
    """A hook runner that can look at its charm without running anything; both looks are cheap.

    Not every caller's runner is one; another is asked to run the hook, and says what became of it.
    """

    def awaited(self) -> str:
        """Say for what of the charm a hook has to wait (spec worker, B-07, B-08); "" where it need not."""
        ...

    def has_hook(self) -> bool:
        """Tell whether the charm has something to run when a status changes, be it broken."""
        ...


@runtime_checkable
class LockLooker(Protocol):
    """A machine lock, or a hook runner by it, that can say who holds the lock; the look is cheap.

    Not every caller's is one; with another nobody is named.
    """

    def lock_holder(self) -> str:
        """Say who holds the machine lock, and where it lies; "" where nobody is known to."""
        ...


class MachineLock(Protocol):
    """The machine-wide execution lock, shared with every Juju agent (spec worker, D.7)."""

    async def acquire(
        self, *, worker: str, comment: str, cancel: time.Interrupt | None, group: str = ""
    ) -> Callable[[], None]:
        """Wait for the lock and return the function that releases it, to be called exactly once.

        Args:
            worker: who asks, as the lock's log shows it; must not be empty.
            comment: what for; "" is left out of the log.
            cancel: ends the wait; must be given.
            group: "" for the machine's lock, else that of an execution group, an independent lock.

        Raises:
            NotValidError: "missing Cancel" or "missing Worker".
            LockUnavailableError: cancelled while waiting, or the lock file cannot be opened.
        """
        ...
