"""The shell around ``domain.unit.decide``: runs its effects for one unit, in order, through the ports.

Decides nothing. Disk trouble does not stop it: what cannot be saved is kept in memory and tried again
(spec worker, B-03), because a unit that forgets its deadline is worse than one that might run a hook twice.
"""

import asyncio
import dataclasses
import datetime
import logging
from collections.abc import Awaitable, Callable

from meterstatus.domain import instants
from meterstatus.domain.hook import delivery_report, hook_call, outcome
from meterstatus.domain.hook import outbox as outboxes
from meterstatus.domain.hook import trouble as troubles
from meterstatus.domain.unit import decide, delivery, escalation, state, unit_report
from meterstatus.ports import hooks, status, time
from meterstatus.workers import attempts as attempting
from meterstatus.workers import charm_look, clocks, hook_end, lock_wait, persistence

Logger = logging.Logger
"""What every worker logs to; Juju's Logger."""

TRACE = 5
"""The log level below DEBUG that Juju uses for noise."""

LONG_WAIT = datetime.timedelta(seconds=1)
"""How long the wait for the machine lock may take before the controller is asked again (spec worker, B-20):
what was fetched is no older than that."""

_NO_WAIT = datetime.timedelta()
_NEVER = asyncio.Event()
"""For effects that no interrupt concerns."""

LookAgain = Callable[[], Awaitable[decide.Event | None]]
TryFirst = Callable[[time.Interrupt, datetime.timedelta], Awaitable[None]]
"""Given the worker's interrupt, and how long the machine lock was waited for."""


class Driver:
    """One unit's memory, and the effects of what happens to it.

    Attributes:
        memory: the unit's memory; set once after reading, then changed only by ``apply``.
        last_outcome: what became of the last hook; None before the first.
    """

    def __init__(
        self,
        *,
        runner: hooks.HookRunner,
        clock: time.Clock,
        logger: logging.Logger,
        disk: status.StateReadWriter | None,
        controller: status.StateReadWriter | None,
        look_again: LookAgain | None = None,
        try_first: TryFirst | None = None,
        attempts: attempting.Attempts | None = None,
        outbox: outboxes.Outbox | None = None,
        stopping: time.Interrupt | None = None,
    ) -> None:
        self._passing: troubles.Trouble | None = None
        self._refused: troubles.Trouble | None = None
        self._runner = runner
        self._charm = charm_look.CharmLook(runner, logger)
        self._clock = clocks.instants(clock)
        self._logger = logger
        self._look_again = look_again
        self._try_first = try_first
        self._attempts = attempts
        self._outbox = outboxes.Outbox() if outbox is None else outbox
        self._kept = persistence.Persistence(
            logger, disk, controller, lambda: self.memory, self._outbox.trouble_may_differ
        )
        self._stopping = stopping
        self._lock_wait = lock_wait.LockWait(
            runner, self._clock, logger, lambda: self.memory, self._outbox.trouble_may_differ
        )
        self._decided_at = self._clock.instant_now()
        self._has_begun = False
        self._wake: datetime.timedelta | None = None
        self._try_again: datetime.timedelta | None = None
        self.memory = state.State()
        self.last_outcome: outcome.HookOutcome | None = None

    @property
    def wake_in(self) -> datetime.timedelta | None:
        """How long until ``apply`` wants to be called with ``TimePassed``; None is never.

        A charm that is not there yet is looked for here: the controller need not be asked for each look.
        """
        if self._charm.awaited and self._wake is not None:
            now = self._clock.instant_now()
            if self._wake <= now.boot and self._awaits_charm():
                self._wake = now.boot + delivery.CHARM_LOOK
                self.memory = delivery.still_awaiting(self.memory, now)
        wanted = [at for at in (self._wake, self._try_again) if at is not None]
        return min(wanted) - self._clock.instant_now().boot if wanted else None

    async def start(self, memory: state.State, event: decide.Started) -> None:
        """Take over what was read, and write down that another boot began."""
        self.memory = memory
        if decide.Save() in self._decide(event):
            await self._kept.save()
        self._has_begun = True
        self._outbox.stands(delivery.report(self.memory))
        self._outbox.ask(self.trouble)

    def cannot_begin(self, why: str) -> None:
        """Take note of what keeps this worker from its unit, which stands until another one has begun."""
        stands = troubles.Trouble(troubles.Reason.AGENT, why).shortened()
        self._outbox.ask(lambda: stands)

    async def stop(self, untaken: decide.ContactConfirmed | None = None) -> None:
        """Write down what only this worker knows, a word that was not taken included; runs no hook."""
        is_news = self._has_begun and untaken is not None and self._take_in(untaken)
        if decide.Save() in self._decide(decide.Stopping()) or is_news:
            await self._kept.save()

    def report_anew(self) -> None:
        """Have the controller's copy written with the next event, because it is not what it must be."""
        self._kept.is_unreported = True

    async def apply(self, event: decide.Event, interrupt: time.Interrupt) -> None:
        """Let something happen to the unit, and see its effects through.

        Returns once nothing is left to do now; an interrupt ends a running hook and keeps the next from
        starting. Cancelling leaves the delivery written ahead, so that it is begun again.

        Raises:
            StateWriteError: the controller's copy was not written, and there is no disk to remember by.
        """
        # What failed before is tried again; what fails now waits for ``wake_in`` or the next event.
        save_again, report_again = bool(self._kept.unsaved), self._kept.is_unreported
        await self._see_through(event, interrupt)
        if self._finds_hook() and not interrupt.is_set():
            await self._see_through(decide.HookFound(), interrupt)
        if save_again and self._kept.unsaved:
            await self._kept.save()
        if report_again and self._kept.is_unreported and self.memory.disconnected is None:
            await self._kept.report()
        self._outbox.stands(delivery.report(self.memory))
        self._outbox.trouble_may_differ()
        is_owing = self._kept.unsaved or self._kept.is_unreported
        self._try_again = self._clock.instant_now().boot + persistence.SAVE_AGAIN if is_owing else None

    async def _see_through(self, event: decide.Event, interrupt: time.Interrupt) -> None:
        upcoming: decide.Event | None = event
        while upcoming is not None:
            upcoming = await self._run(self._decide(upcoming), interrupt)

    def _decide(self, event: decide.Event) -> tuple[decide.Effect, ...]:
        self._decided_at = self._clock.instant_now()
        self.memory, effects = decide.decide(self.memory, event, self._decided_at)
        if self._attempts is not None:
            self._attempts.learn(self.memory)
        return effects

    async def _run(
        self, effects: tuple[decide.Effect, ...], interrupt: time.Interrupt
    ) -> decide.Event | None:
        """Run effects in order and return what follows from them; None where nothing does."""
        self._wake = None
        asks = any(isinstance(effect, decide.TakeLock) for effect in effects)
        for effect in effects:
            match effect:
                case decide.Save() if asks:
                    self._kept.owe()
                case decide.Save():
                    await self._kept.save()
                case decide.TakeLock():
                    return await self._take_lock(interrupt)
                case decide.RunHook():
                    return await self._run_hook(effect.telling, interrupt)
                case decide.Report():
                    await self._kept.report()
                case decide.WakeIn():
                    self._wake = self._decided_at.boot + effect.delay
                case decide.Notice():
                    self._logger.warning("%s", effect.text)
        return None

    async def _take_lock(self, interrupt: time.Interrupt) -> decide.Event | None:
        """Have the runner take the lock and ask what to tell; one that cannot ask is told at once.

        Before a stage is told the controller is tried; one that is reached ends the worker.
        """
        if self._try_first is not None and delivery.is_untold_stage(self.memory):
            await self._try_first(interrupt, _NO_WAIT)
        if interrupt.is_set():
            await self._kept.save_if_owed()
            return None
        if self._awaits_charm():
            await self._kept.save_if_owed()
            return decide.CharmAwaited()
        if not isinstance(self._runner, hooks.DeliveryRunner):
            return decide.LockHeld()
        begun = self._clock.instant_now().boot
        told: hook_call.HookCall | None = None

        async def prepare() -> hook_call.HookCall | None:
            nonlocal told
            self._lock_wait.end()
            waited = self._clock.instant_now().boot - begun
            if waited >= LONG_WAIT:
                await self._take_in_news(interrupt, waited)
            told = None if interrupt.is_set() else await self._prepare()
            return told

        try:
            async with hook_end.told(interrupt, self._stopping, self._clock, self._next_stage_in) as ends:
                ended = await self._runner.deliver(prepare, interrupt, self._while_waiting, ends)
        finally:
            self._lock_wait.end()
            self._passes(None)
        await self._kept.save_if_owed()
        if ended is None:
            return None
        self._take_note(told, ended)
        return decide.LockRefused() if told is None else decide.HookEnded(ended)

    def _awaits_charm(self) -> bool:
        is_awaited = self._charm.must_wait()
        if is_awaited:
            self.last_outcome = outcome.HookOutcome(
                outcome.HookResult.NOT_STARTED, detail=self._charm.awaited
            )
        return is_awaited

    def _finds_hook(self) -> bool:
        """Tell whether a charm that had no hook for what it was to be told has one now."""
        return self.memory.missing and self.memory.delivering is None and self._charm.has_got_hook()

    def upcoming(self) -> hook_call.Stage | None:
        """Return the stage that comes next if there is no contact from now on; None where none is left."""
        memory, now = self.memory, self._clock.instant_now()
        # One that is unsure is told its first stage, whatever the controller said last.
        is_open = memory.unsure and memory.disconnected is None
        told = None if is_open else delivery.target(memory, now)
        return next(escalation.coming(memory, now, told), None)

    def _next_stage_in(self) -> datetime.timedelta | None:
        upcoming = self.upcoming()
        return None if upcoming is None else upcoming.due_in

    async def _while_waiting(self) -> None:
        self._logger.info("waiting for the machine lock")
        self._lock_wait.begin()
        self._outbox.trouble_may_differ()
        await self._kept.save_if_owed()

    def _passes(self, passing: troubles.Trouble | None) -> None:
        """Take note of what holds up the hook for as long as it lasts; None where that is over."""
        self._passing = passing
        self._outbox.trouble_may_differ()

    def trouble(self) -> troubles.Trouble | None:
        """Return what keeps the hook from being told, or the unit from remembering it; None is nothing.

        What passes by itself goes before what was: a lock that is waited for, a hook that runs.
        """
        wait = self._lock_wait.now()
        if wait is not None:
            return troubles.Trouble(troubles.Reason.LOCK, wait.holder).shortened()
        if self._passing is not None:
            return self._passing
        if self.memory.delivering is not None:
            if self._charm.awaited:
                return troubles.Trouble(troubles.Reason.CHARM, self._charm.awaited)
            if self._refused is not None:
                return dataclasses.replace(self._refused, retry_at=self._retry_at())
        return troubles.Trouble(troubles.Reason.STATE, self._kept.unsaved) if self._kept.unsaved else None

    def _retry_at(self) -> datetime.datetime | None:
        pending, now = self.memory.delivering, self._clock.instant_now()
        if pending is None or pending.retry_at is None:
            return None
        return now.wall + (pending.retry_at - now.boot)

    async def _take_in_news(self, interrupt: time.Interrupt, waited: datetime.timedelta) -> None:
        """Ask the controller again, or try it again, after a long wait for the lock."""
        if self._try_first is not None and delivery.is_untold_stage(self.memory):
            await self._try_first(interrupt, waited)
        news = None if self._look_again is None else await self._look_again()
        if news is not None and self._take_in(news):
            self._kept.owe()

    async def _prepare(self) -> hook_call.HookCall | None:
        """Decide, with the lock held, what the hook is told, and write it ahead; None is nothing any more."""
        effects = self._decide(decide.LockHeld())
        last = effects[-1] if effects else None
        if not isinstance(last, decide.RunHook):
            await self._run(effects, _NEVER)
            return None
        await self._run(effects[:-1], _NEVER)
        self._log_telling(last.telling)
        self._passes(self._running())
        return last.telling

    def _running(self) -> troubles.Trouble:
        since = instants.in_seconds(self._clock.instant_now().wall)
        return troubles.Trouble(troubles.Reason.HOOK_RUNNING, f"since {since.replace('+00:00', 'Z')}")

    async def _run_hook(self, told: hook_call.HookCall, interrupt: time.Interrupt) -> decide.Event | None:
        """Run the hook by a runner that is told only code and information."""
        if interrupt.is_set():
            return None
        self._log_telling(told)
        self._passes(self._running())
        try:
            ended = await self._runner.run_hook(told.status.code, told.status.info, interrupt)
        finally:
            self._passes(None)
        self._take_note(told, ended)
        return decide.HookEnded(ended)

    def _take_note(self, told: hook_call.HookCall | None, ended: outcome.HookOutcome) -> None:
        """Keep what became of the hook, for whoever asks here and at the controller."""
        self.last_outcome = ended
        self._refused = troubles.of_outcome(ended, None)
        if told is None and self._refused is not None:
            self._refused = dataclasses.replace(self._refused, reason=troubles.Reason.LOCK)
        if told is not None:
            report = delivery_report.of(told, ended, self._clock.instant_now().wall)
            if report is not None:
                self._outbox.put(report)

    def _take_in(self, news: decide.Event) -> bool:
        """Take news into memory and leave what follows to the next decision; tell whether to save it."""
        return decide.Save() in self._decide(news)

    def _log_telling(self, told: hook_call.HookCall) -> None:
        self._logger.info(
            "telling %s %s %r, attempt %d, delivery %s",
            told.hook,
            told.status.code,
            told.status.info,
            told.attempt,
            told.delivery_id,
        )

    def report(self, mode: unit_report.Mode) -> dict[str, object]:
        """Return all that an operator may ask of the unit, by the keys of ``domain.unit.unit_report``.

        Before the memory was read there is nothing to say but that.
        """
        if not self._has_begun:
            return {"mode": unit_report.Mode.STARTING.value}
        running = unit_report.Running(
            mode=mode,
            last_outcome=self.last_outcome,
            next_action=self._wake,
            unsaved=self._kept.unsaved,
            trouble=self.trouble(),
            is_unreported=self._kept.is_unreported,
            lock_wait=self._lock_wait.now(),
        )
        return unit_report.describe(self.memory, running, self._clock.instant_now())
