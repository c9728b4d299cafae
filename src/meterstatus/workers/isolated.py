"""The isolated worker: escalates by itself while there is no controller (spec worker, A.5, A.6).

Differs from the reference on purpose: the record of the disconnection is saved before any timer is armed
(B-02), a failed write neither ends the worker nor runs a hook again (B-03), and a timer that fires only
makes it look: what to tell is computed from the time (B-17).
"""

import asyncio
import datetime
import logging
from typing import Self

from meterstatus.domain import instants, policy
from meterstatus.domain.unit import decide, escalation, offline_clock, reconnection, state, unit_report
from meterstatus.engine import catacomb
from meterstatus.ports import time
from meterstatus.runtime import waiting
from meterstatus.workers import attempts as attempting
from meterstatus.workers import clocks, configuration, contact_log, driver, persistence

FIRST_TRY_LIMIT = datetime.timedelta(seconds=30)
"""How long an agent may try to reach its controller before a stage that fell due while it did not run: a
network comes back some seconds after its machine."""


class IsolatedStatusWorker:
    """A worker that tells AMBER and RED when their grace periods have passed, until it is killed."""

    def __init__(self, config: configuration.IsolatedConfig) -> None:
        self._config = config
        self._clock = clocks.instants(config.clock)
        self._driver = driver.Driver(
            runner=config.runner,
            clock=config.clock,
            logger=config.logger,
            disk=config.state_read_writer,
            controller=None,
            try_first=None if config.attempts is None else self._try_first,
            attempts=config.attempts,
            outbox=config.outbox,
            stopping=config.stopping,
        )
        self._alarms = _Alarms()
        self._called_at: datetime.timedelta | None = None
        self._tried_until: datetime.timedelta | None = None
        self._saying: asyncio.Task[None] | None = None
        self._scope = catacomb.Catacomb.start(self._work, name="isolated-status")

    @classmethod
    def start(cls, config: configuration.IsolatedConfig) -> Self:
        """Check the configuration, start the worker on the running loop, and return it.

        Raises:
            NotValidError, ConfigError: as ``IsolatedConfig.validate``; nothing was started.
        """
        config.validate()
        return cls(config)

    def kill(self) -> None:
        """Ask it to stop; a hook under way is ended and begun again at the next start."""
        self._scope.kill()

    async def wait(self) -> None:
        """Return once it has ended, or raise what it ended with; cancelling leaves it running."""
        await self._scope.wait()

    def report(self) -> dict[str, object]:
        """Return since when the unit is cut off, what it was told, and what comes next and when."""
        return self._driver.report(unit_report.Mode.ISOLATED)

    async def _work(self, scope: catacomb.Catacomb) -> None:
        config = self._config
        own_policy = policy.amber_red(config.amber_grace_period, config.red_grace_period, config.warning)
        memory = await persistence.recall(config.state_read_writer, config.logger) or state.State()
        await self._driver.start(memory, decide.Started(own_policy))
        await self._let_it_try(scope)
        if scope.dying.is_set():
            return
        calling = None if config.attempts is None else self._call_before_stages(config.attempts)
        caller = None if calling is None else asyncio.create_task(calling, name="before-stages")
        try:
            await self._escalate(scope)
        finally:
            self._alarms.cancel()
            besides = [task for task in (caller, self._saying) if task is not None]
            for task in besides:
                task.cancel()
            if besides:
                await asyncio.wait(besides)

    async def _escalate(self, scope: catacomb.Catacomb) -> None:
        await self._driver.apply(decide.ContactLost(), scope.dying)
        self._arm_triggers()
        attempts = self._config.attempts
        if attempts is None or attempts.contact.was_found:
            self._say_what_comes()
        else:
            self._saying = asyncio.create_task(self._say_once_tried(attempts), name="cut-off")
        while await self._wait_until_due(scope):
            self._config.logger.debug("looking whether a stage is due")
            await self._driver.apply(decide.TimePassed(), scope.dying)
        await self._driver.stop()

    async def _let_it_try(self, scope: catacomb.Catacomb) -> None:
        """Wait until the controller was tried, but not past a stage that is not due yet.

        An agent that was down for an hour would else tell RED, and a moment later what the controller says.
        """
        attempts = self._config.attempts
        if attempts is None or attempts.tried.is_set() or self._driver.memory.mark is None:
            # Without any contact nothing is overdue, and what passes in this wait would be left out: an agent
            # that is restarted again and again would never count.
            return
        upcoming = self._driver.upcoming()
        limit = FIRST_TRY_LIMIT if upcoming is None else min(FIRST_TRY_LIMIT, upcoming.due_in)
        now = self._clock.instant_now()
        if escalation.overdue(self._driver.memory, now):
            attempts.first_try_ends = now.boot + limit
        timer = self._clock.after(limit)
        try:
            await waiting.wait_any(scope.dying.wait(), attempts.tried.wait(), timer)
        finally:
            timer.cancel()
        if attempts.tried.is_set() or limit == FIRST_TRY_LIMIT:
            self._tried_until = self._clock.instant_now().boot

    async def _call_before_stages(self, attempts: attempting.Attempts) -> None:
        """Have the controller tried shortly before each stage, whatever the worker is at."""
        while (upcoming := self._driver.upcoming()) is not None:
            due = self._clock.instant_now().boot + upcoming.due_in
            await waiting.pause(self._clock.after(upcoming.due_in - self._lead))
            self._called_at = self._clock.instant_now().boot
            attempts.hurry()
            await waiting.pause(self._clock.after(due - self._called_at))

    @property
    def _lead(self) -> datetime.timedelta:
        return reconnection.lead(self._driver.memory.ruling_policy)

    async def _try_first(self, interrupt: time.Interrupt, waited: datetime.timedelta) -> None:
        """Try the controller before a stage is told, within the second that it has.

        A stage that fell due while the agent did not run is late already: it waits until the controller was
        tried. So does one for which the machine lock was waited for, but no other hook waits for long.
        """
        now, attempts = self._clock.instant_now(), self._config.attempts
        late = escalation.overdue(self._driver.memory, now)
        due = now.boot - late
        if attempts is None or (self._tried_until is not None and due <= self._tried_until):
            return
        if waited:
            await attempts.once_more(reconnection.LAST_TRY, interrupt)
            return
        earliest, latest = due - self._lead - offline_clock.STEP, due + reconnection.LAST_TRY
        was_called = self._called_at is not None and earliest <= self._called_at <= latest
        if was_called or now.boot <= latest:
            await attempts.once_more(latest - now.boot, interrupt)
            return
        upcoming = self._driver.upcoming()
        limit = min(FIRST_TRY_LIMIT, attempts.left_of_first_try(due))
        if upcoming is not None:
            limit = min(limit, upcoming.due_in + reconnection.LAST_TRY)
        await attempts.once_more(limit, interrupt)

    async def _say_once_tried(self, attempts: attempting.Attempts) -> None:
        """Say that there is no contact once a first try has failed: at its start no agent has any."""
        upcoming = self._driver.upcoming()
        limit = FIRST_TRY_LIMIT if upcoming is None else min(FIRST_TRY_LIMIT, upcoming.due_in - self._lead)
        timer = self._clock.after(max(limit, offline_clock.NOTHING))
        try:
            await waiting.wait_any(attempts.tried.wait(), timer)
        finally:
            timer.cancel()
        if attempts.failure or not attempts.tried.is_set():  # else the first try has brought contact
            self._say_what_comes()

    def _say_what_comes(self) -> None:
        memory, upcoming, attempts = self._driver.memory, self._driver.upcoming(), self._config.attempts
        contact = contact_log.ContactLog() if attempts is None else attempts.contact
        if memory.unmetered:
            words = "without the controller, which has no meter status: no stage comes"
            contact.lost(self._config.logger, words, logging.INFO)
            return
        since = "now" if memory.cut_off_at is None else instants.in_seconds(memory.cut_off_at)
        why = f", {attempts.failure}" if attempts is not None and attempts.failure else ""
        comes = (
            f"{upcoming.code} in {upcoming.due_in.total_seconds():.0f} s" if upcoming else "no stage is left"
        )
        contact.lost(self._config.logger, f"cut off from the controller since {since}{why}; {comes}")

    def _arm_triggers(self) -> None:
        """Arm the stages' timers, once for the worker's life.

        The reference's triggers know one AMBER and one RED: for any other policy the worker's own alarms are
        all there is.
        """
        memory, now = self._driver.memory, self._clock.instant_now()
        stages = list(escalation.stages(memory))
        if memory.disconnected is None or tuple(stage.code for stage, _ in stages) != policy.CODES:
            return
        amber, red = (due for _, due in stages)
        passed = escalation.elapsed(memory, now)
        armed = self._config.trigger_factory(
            memory.disconnected.state, memory.code, now.wall - passed, self._config.clock, amber, red
        )
        for timer, grace in ((armed.amber, amber), (armed.red, red)):
            if timer is not None:
                self._alarms.add(timer, now.boot + grace - passed)

    async def _wait_until_due(self, scope: catacomb.Catacomb) -> bool:
        """Wait for a timer or the end; False at the end.

        A wake that no armed trigger stands for, such as the next attempt of a failed hook or the rest of a
        stage whose trigger came early by the wall clock, gets a timer of its own.
        """
        wanted = [self._driver.wake_in, self._look_in()]
        delay = min((each for each in wanted if each is not None), default=None)
        due = None if delay is None else self._clock.instant_now().boot + delay
        if delay is None or due is None or self._alarms.has(due):
            await self._alarms.wait_first(scope.dying)
        else:
            timer = self._clock.after(delay)
            try:
                await self._alarms.wait_first(scope.dying, timer)
            finally:
                timer.cancel()
        return not scope.dying.is_set()

    def _look_in(self) -> datetime.timedelta | None:
        """Return when to look although nothing is due; never once no stage is left, for which time counts."""
        return None if self._driver.upcoming() is None else self._config.look_period


class _Alarms:
    """Armed triggers and when they are due, each waited for by a task of its own."""

    def __init__(self) -> None:
        self._armed: dict[asyncio.Future[object], tuple[time.Timer, datetime.timedelta]] = {}

    def add(self, timer: time.Timer, due: datetime.timedelta) -> None:
        """Take over an armed timer, due by the boot clock."""
        self._armed[asyncio.ensure_future(timer)] = (timer, due)

    def has(self, due: datetime.timedelta) -> bool:
        """Tell whether a timer for exactly this time is armed and has not fired."""
        return any(due == known for _, known in self._armed.values())

    async def wait_first(self, dying: asyncio.Event, *others: time.Timer) -> None:
        """Wait until a timer fires or the word to stop is said; forgets the timers that fired."""
        passing = [asyncio.ensure_future(dying.wait()), *map(asyncio.ensure_future, others)]
        try:
            await asyncio.wait({*passing, *self._armed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in passing:
                task.cancel()
        for task in [task for task in self._armed if task.done()]:
            del self._armed[task]
            task.result()

    def cancel(self) -> None:
        """Disarm everything."""
        for task, (timer, _) in self._armed.items():
            task.cancel()
            timer.cancel()
        self._armed.clear()
