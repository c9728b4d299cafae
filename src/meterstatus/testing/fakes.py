"""Small honest implementations of the ports that a status worker is driven through.

Each records its calls in ``calls``, a list that several fakes may share so that a test sees their order.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Self

from meterstatus import errors
from meterstatus.domain import epoch, status
from meterstatus.domain.hook import delivery_report, hook_call, outcome, trouble
from meterstatus.domain.unit import decide, state
from meterstatus.ports import hooks, time

RAN = outcome.HookOutcome(outcome.HookResult.RAN, 0)


class FakeNotifyWatcher:
    """A watch whose events a test sends; the first is there from the start."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._event.set()
        self._failure: BaseException | None = None
        self.stopped = False

    def send(self) -> None:
        """Tell the consumer of a change; merges with one not yet taken."""
        self._event.set()

    def fail(self, error: BaseException) -> None:
        """Break the watch: the consumer's next wait raises."""
        self._failure = error
        self._event.set()

    def __aiter__(self) -> AsyncIterator[None]:
        """Return the stream."""
        return self

    async def __anext__(self) -> None:
        """Return at the next event."""
        await self._event.wait()
        self._event.clear()
        if self._failure is not None:
            raise self._failure
        if self.stopped:
            raise StopAsyncIteration

    async def stop(self) -> None:
        """End the watch."""
        self.stopped = True
        self._event.set()


class FakeMeterStatusClient:
    """A controller's word that a test sets; each change wakes every watch."""

    def __init__(self, code: str = "GREEN", info: str = "", calls: list[str] | None = None) -> None:
        self.status = status.MeterStatus(code, info)
        self.calls = [] if calls is None else calls
        self.failure: BaseException | None = None
        self.watchers: list[FakeNotifyWatcher] = []

    def change(self, code: str, info: str = "") -> None:
        """Set the status and wake the watches."""
        self.status = status.MeterStatus(code, info)
        for watcher in self.watchers:
            watcher.send()

    async def meter_status(self) -> status.MeterStatus:
        """Return the status, or raise ``failure`` while one is set."""
        self.calls.append("status")
        if self.failure is not None:
            raise self.failure
        return self.status

    async def watch_meter_status(self) -> FakeNotifyWatcher:
        """Start a watch, or raise ``failure`` while one is set."""
        self.calls.append("watch")
        if self.failure is not None:
            raise self.failure
        self.watchers.append(FakeNotifyWatcher())
        return self.watchers[-1]


class FakePolicySource:
    """A controller's word on when to escalate that a test sets; None where it says nothing."""

    def __init__(self) -> None:
        self.word: decide.PolicyWord | None = None

    async def policy(self) -> decide.PolicyWord | None:
        """Return the word."""
        return self.word


class FakeEpochReporter:
    """Takes what a unit has heard, or raises ``failure`` while one is set."""

    def __init__(self) -> None:
        self.heard: list[epoch.Place] = []
        self.failure: BaseException | None = None

    async def report_heard(self, heard: epoch.Place) -> None:
        """Take it."""
        self.heard.append(heard)
        if self.failure is not None:
            raise self.failure


class FakeDeliveryReporter:
    """Takes reports, or raises ``failure`` while one is set.

    Attributes:
        refusals: why each of the next reports is refused, in order; None takes it, and so do no more.
        hold: while set to an unset event, each request waits for it.
        asked: how many requests there were.
    """

    def __init__(self) -> None:
        self.reports: list[delivery_report.DeliveryReport] = []
        self.failure: BaseException | None = None
        self.refusals: list[errors.MeterStatusError | None] = []
        self.hold: asyncio.Event | None = None
        self.asked = 0

    async def report_deliveries(
        self, reports: Sequence[delivery_report.DeliveryReport]
    ) -> Sequence[errors.MeterStatusError | None]:
        """Take reports."""
        self.asked += 1
        if self.hold is not None:
            await self.hold.wait()
        if self.failure is not None:
            raise self.failure
        answers = [self.refusals.pop(0) if self.refusals else None for _ in reports]
        self.reports += [report for report, refused in zip(reports, answers, strict=True) if refused is None]
        return answers


class FakeTroubleReporter:
    """Takes what troubles a unit, or raises ``failure`` while one is set.

    Attributes:
        said: all that it took, oldest first.
        asked: how many requests there were.
    """

    def __init__(self) -> None:
        self.said: list[trouble.Trouble | None] = []
        self.failure: BaseException | None = None
        self.asked = 0

    async def report_trouble(self, now: trouble.Trouble | None) -> None:
        """Take it."""
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        self.said.append(now)


class FakeUnitStateAPI:
    """The unit's meter field, in memory."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.failure: BaseException | None = None

    async def state(self) -> str:
        """Return the field, or raise ``failure`` while one is set."""
        if self.failure is not None:
            raise self.failure
        return self.text

    async def set_state(self, text: str) -> None:
        """Store the field, or raise ``failure`` while one is set."""
        if self.failure is not None:
            raise self.failure
        self.text = text


class FakeStateReadWriter:
    """A state in memory; ``failure`` makes writes raise, ``read_failure`` reads."""

    def __init__(self, value: state.State | None = None, calls: list[str] | None = None) -> None:
        self.value = value
        self.calls = [] if calls is None else calls
        self.writes: list[state.State] = []
        self.failure: BaseException | None = None
        self.read_failure: BaseException | None = None

    async def read(self) -> state.State:
        """Return the state."""
        self.calls.append("read")
        if self.read_failure is not None:
            raise self.read_failure
        if self.value is None:
            raise errors.NotFoundError("state")
        return self.value

    async def write(self, value: state.State) -> None:
        """Replace the state."""
        self.calls.append("write")
        if self.failure is not None:
            raise self.failure
        self.value = value
        self.writes.append(value)


class FakeHookRunner:
    """Runs no process: records each status and answers with the outcomes it is given, then RAN.

    Attributes:
        told: every (code, info) in order.
        hold: while set to an unset event, each run waits for it, or for the interrupt, which ends the run
            as TERMINATED.
    """

    def __init__(
        self,
        outcomes: Sequence[outcome.HookOutcome] = (),
        calls: list[str] | None = None,
    ) -> None:
        self.outcomes = list(outcomes)
        self.calls = [] if calls is None else calls
        self.told: list[tuple[str, str]] = []
        self.hold: asyncio.Event | None = None

    async def run_hook(self, code: str, info: str, interrupt: time.Interrupt) -> outcome.HookOutcome:
        """Record the status and answer."""
        self.calls.append("hook")
        self.told.append((code, info))
        if self.hold is not None and await _first(self.hold.wait, interrupt.wait) == 1:
            return outcome.HookOutcome(outcome.HookResult.TERMINATED, detail="interrupted")
        return self.outcomes.pop(0) if self.outcomes else RAN


class FakeDeliveryRunner(FakeHookRunner):
    """A hook runner that asks what to tell once it holds a lock of its own.

    Attributes:
        tellings: all that each run was told.
        lock: held by a test, it is not free at once.
        waits_for: what of the charm is missing, in words; "" is nothing.
        finds_hook: the charm has something to run.
    """

    def __init__(self, outcomes: Sequence[outcome.HookOutcome] = (), calls: list[str] | None = None) -> None:
        super().__init__(outcomes, calls)
        self.tellings: list[hook_call.HookCall] = []
        self.lock = asyncio.Lock()
        self.waits_for = ""
        self.finds_hook = True

    def awaited(self) -> str:
        """Say what of the charm is missing; see ``ports.hooks.CharmLooker``."""
        return self.waits_for

    def has_hook(self) -> bool:
        """Tell whether the charm has something to run; see ``ports.hooks.CharmLooker``."""
        return self.finds_hook

    async def deliver(
        self,
        prepare: hooks.Prepare,
        interrupt: time.Interrupt,
        waits: Callable[[], Awaitable[None]] | None = None,
        ends: time.Interrupt | None = None,
    ) -> outcome.HookOutcome | None:
        """Take the lock, ask and answer; see ``ports.hooks.DeliveryRunner``."""
        if self.lock.locked() and waits is not None:
            await waits()
        if await _first(self.lock.acquire, interrupt.wait) == 1:
            return outcome.HookOutcome(outcome.HookResult.NOT_STARTED, detail="cancelled acquiring mutex")
        try:
            if interrupt.is_set():
                return outcome.HookOutcome(outcome.HookResult.NOT_STARTED, detail="interrupted")
            told = await prepare()
            if told is None:
                return None
            self.tellings.append(told)
            return await self.run_hook(told.status.code, told.status.info, ends or interrupt)
        finally:
            self.lock.release()


async def _first(*waits: Callable[[], Awaitable[object]]) -> int:
    tasks = [asyncio.ensure_future(wait()) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(number for number, task in enumerate(tasks) if task.done())
    finally:
        for task in tasks:
            task.cancel()


class FakeMachineLock:
    """The machine lock within one process, first come first served."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self.holders: list[str] = []

    async def acquire(
        self, *, worker: str, comment: str, cancel: time.Interrupt | None, group: str = ""
    ) -> Callable[[], None]:
        """Wait for the lock; see ``ports.hooks.MachineLock``."""
        if cancel is None:
            raise errors.NotValidError("missing Cancel")
        if not worker:
            raise errors.NotValidError("missing Worker")
        lock = self._locks.setdefault(group, asyncio.Lock())
        acquiring = asyncio.ensure_future(lock.acquire())
        cancelled = asyncio.ensure_future(cancel.wait())

        def give_back() -> None:
            if acquiring.done():
                lock.release()
            else:
                acquiring.cancel()

        try:
            await asyncio.wait([acquiring, cancelled], return_when=asyncio.FIRST_COMPLETED)
        except BaseException:
            give_back()
            raise
        finally:
            cancelled.cancel()
        if cancel.is_set():
            give_back()
            raise errors.LockUnavailableError("cancelled acquiring mutex")
        self.holders.append(f"{worker} ({comment}){group}")
        return lock.release


class FakeWorker:
    """A worker that runs until killed or told to end.

    Attributes:
        killed: how often it was asked to stop.
    """

    def __init__(self) -> None:
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.killed = 0

    def end(self, error: BaseException | None = None) -> Self:
        """End cleanly, or with an error."""
        if not self._ended.done():
            if error is None:
                self._ended.set_result(None)
            else:
                self._ended.set_exception(error)
        return self

    def kill(self) -> None:
        """Ask it to stop; it does at once."""
        self.killed += 1
        self.end()

    async def wait(self) -> None:
        """Return or raise as it ended."""
        await asyncio.shield(self._ended)
