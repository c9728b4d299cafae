"""The connected worker: follows the controller's status and tells the hook (spec worker, A.3, A.4)."""

import asyncio
import dataclasses
import datetime
from collections.abc import Awaitable, Callable, Mapping
from typing import Self, TypeVar

from meterstatus import errors
from meterstatus.domain import epoch
from meterstatus.domain.unit import decide, escalation, merge, offline_clock, state, unit_report
from meterstatus.engine import notify
from meterstatus.ports import status, time
from meterstatus.workers import clocks, configuration, dialing, driver, persistence

_T = TypeVar("_T")


class ConnectedStatusHandler:
    """What a notify worker calls: set up once, handle per event, tear down.

    Differs from the reference on purpose: a status is recorded only if the hook was told it (B-06), a hook
    that failed is tried again (``wake_in``), and the disconnect record ends with the first contact (B-10).

    Raises:
        NotValidError: the configuration lacks a part.
    """

    def __init__(self, config: configuration.ConnectedConfig) -> None:
        config.validate()
        self._config = config
        self._driver = driver.Driver(
            runner=config.runner,
            clock=config.clock,
            logger=config.logger,
            disk=config.memory,
            controller=config.state_read_writer,
            look_again=self._look_again,
            attempts=config.attempts,
            outbox=config.outbox,
            stopping=config.stopping,
        )
        self._clock = clocks.instants(config.clock)
        self._fetched_at = offline_clock.NOTHING
        self._reported: epoch.Place | None = None
        self._standing: epoch.Standing | None = None

    @property
    def wake_in(self) -> datetime.timedelta | None:
        """How long until ``handle`` wants to be called even without an event; None is never."""
        wanted = [self._driver.wake_in, self._poll_in()]
        return min((delay for delay in wanted if delay is not None), default=None)

    def _poll_in(self) -> datetime.timedelta | None:
        """Return how long until the status must be fetched again, so that contact stays confirmed."""
        if not self._config.confirms_contact:
            return None
        period = escalation.contact_period(self._driver.memory.ruling_policy)
        return self._fetched_at + period - self._clock.instant_now().boot

    async def set_up(self) -> status.NotifyWatcher:
        """Read the stored state once and start the watch, which the caller owns.

        Raises:
            OSError, MeterStatusError: the state could not be read, for another reason than that there is
                none or that it cannot be understood; no watch is made then. Or the watch was refused.
            UnsupportedError: the controller has no meter status, which is written down first.
        """
        config = self._config
        memory = await self._remember()
        begun = dataclasses.replace(memory or state.State(), own_policy=config.own_policy)
        try:
            store = config.state_read_writer
            copy = await self._in_time(begun, lambda: persistence.recall(store, config.logger))
        except errors.UnsupportedError:
            await self._driver.start(memory or state.State(), decide.Started(config.own_policy))
            await self._note_unmetered()
            raise
        merged = merge.merged(memory, copy, has_disk=config.memory is not None)
        if merged.is_copy_stale:
            self._driver.report_anew()
        await self._driver.start(merged.memory, decide.Started(config.own_policy))
        self._standing = self._driver.memory.standing
        # The watch's first event comes at once, and is the first fetch: without this there would be two.
        self._fetched_at = self._clock.instant_now().boot
        try:
            return await self._in_time(self._driver.memory, config.status.watch_meter_status)
        except errors.UnsupportedError:
            await self._note_unmetered()
            raise

    async def _remember(self) -> state.State | None:
        """Read the unit's own disk; what keeps it from being read is noted for the controller too."""
        if self._config.memory is None:
            return None
        try:
            return await persistence.recall(self._config.memory, self._config.logger)
        except Exception as error:
            self._driver.cannot_begin(f"the unit's state cannot be read: {error}")
            raise

    async def _note_unmetered(self) -> None:
        """Write down, before the worker ends for good, that there is nothing to be cut off from."""
        await self._driver.apply(decide.Unmetered(), asyncio.Event())

    async def handle(self, abort: time.Interrupt) -> None:
        """Fetch the status and tell the hook if it is news; ``abort`` ends a hook under way.

        Raises:
            MeterStatusError: the status could not be fetched; nothing else has happened then.
            UnsupportedError: as ``set_up``.
            StateWriteError: the hook was told and the controller's copy was not written.
            ConnectionLostError: another controller has taken this one's place, so that it was left.
        """
        self._config.logger.debug("got meter status change signal")
        asked_for = self.wake_in
        by_event = asked_for is None or asked_for > offline_clock.NOTHING
        try:
            confirmed = dataclasses.replace(await self._fetch(), by_event=by_event)
        except errors.UnsupportedError:
            await self._note_unmetered()
            raise
        if confirmed.status == self._driver.memory.delivered:
            self._config.logger.log(
                driver.TRACE, "meter status %s is what the hook was told", confirmed.status.code
            )
        if self._config.attempts is not None:
            self._config.attempts.first_try_ends = None
        await self._driver.apply(confirmed, abort)
        await self._see_to_epochs()

    async def _see_to_epochs(self) -> None:
        """Say, once a connection, what was heard that is not here; and leave a superseded controller.

        Raises:
            ConnectionLostError: it was left.
        """
        before, standing, reporter = self._standing, self._driver.memory.standing, self._config.epochs
        self._standing = standing
        if self._config.outbox is not None and epoch.is_other_store(before, standing):
            self._config.outbox.put_again()
        if standing is None:
            return
        unknown = standing.unknown
        if reporter is not None and unknown is not None and unknown != self._reported:
            self._reported = unknown
            await self._in_time(self._driver.memory, lambda: reporter.report_heard(unknown))
        if standing.relation is epoch.Relation.SUPERSEDED:
            if self._config.give_up is not None:
                await self._config.give_up()
            # Its silence would be a loss; its word is less, for somebody has said that another's holds.
            raise errors.ConnectionLostError("the controller was superseded, and was left")

    async def _fetch(self) -> decide.ContactConfirmed:
        return await self._in_time(self._driver.memory, self._ask)

    async def _in_time(self, memory: state.State, step: Callable[[], Awaitable[_T]]) -> _T:
        """Ask the controller, but not for so long that its silence puts off a stage.

        Raises:
            RequestTimeoutError: it was silent, and the connection has ended.
        """
        now, give_up, attempts = self._clock.instant_now(), self._config.give_up, self._config.attempts
        limit = escalation.patience(memory, now)
        if attempts is not None:
            limit = min(limit, attempts.left_of_first_try(now.boot))
        if give_up is None or limit >= escalation.LONGEST_ANSWER:
            return await step()
        try:
            return await dialing.within(limit, self._config.clock, step)
        except errors.RequestTimeoutError as error:
            silence = f"the controller did not answer within {limit.total_seconds():g} s"
            self._config.logger.debug("ending a connection: %s", silence)
            await give_up()
            raise errors.RequestTimeoutError(silence) from error

    async def _ask(self) -> decide.ContactConfirmed:
        # The policy first: contact counts from the fetched status, and waits for nothing after it.
        policies = self._config.policies
        word = None if policies is None else await policies.policy()
        asked = self._clock.instant_now().boot
        told = await self._config.status.meter_status()
        if self._clock.instant_now().boot - asked > escalation.LONGEST_ANSWER:
            # The machine slept, or the agent was stopped, while the answer lay there: it is no contact now.
            told = await self._config.status.meter_status()
        self._fetched_at = self._clock.instant_now().boot
        if word is not None and word.maintenance:
            # It went on meanwhile, and what is left counts from the contact.
            left = max(offline_clock.NOTHING, word.maintenance - (self._fetched_at - asked))
            word = dataclasses.replace(word, maintenance=left)
        return decide.ContactConfirmed(told, word)

    async def _look_again(self) -> decide.ContactConfirmed | None:
        """Fetch what may have changed while the hook waited; where that fails, take what came by itself.

        That it fails, others notice. None where nothing came either.
        """
        try:
            return await self._fetch()
        except errors.MeterStatusError as error:
            self._config.logger.info("the status could not be fetched again before the hook: %s", error)
            return self._untaken()

    def _untaken(self) -> decide.ContactConfirmed | None:
        told_by = self._config.status
        return told_by.untaken() if isinstance(told_by, status.EventKeeper) else None

    async def tear_down(self) -> None:
        """Write down the last word and contact, which the next worker goes on from.

        The last word may have come while a hook ran or waited, and its connection have ended before it was
        taken. The reference does nothing.
        """
        await self._driver.stop(self._untaken())

    def report(self) -> dict[str, object]:
        """Return what the unit was told, what waits, and what became of the last hook."""
        return self._driver.report(unit_report.Mode.CONNECTED)


class ConnectedStatusWorker:
    """A worker that follows the controller's status until it is killed or the connection fails."""

    def __init__(self, config: configuration.ConnectedConfig) -> None:
        handler = ConnectedStatusHandler(config)
        self._worker = notify.NotifyWorker.start(handler, config.clock, config.logger)

    @classmethod
    def start(cls, config: configuration.ConnectedConfig) -> Self:
        """Check the configuration, start the worker on the running loop, and return it.

        Raises:
            NotValidError: the configuration lacks a part; nothing was started.
        """
        return cls(config)

    def kill(self) -> None:
        """Ask it to stop; a hook under way is ended and begun again at the next start."""
        self._worker.kill()

    async def wait(self) -> None:
        """Return once it has ended, or raise what it ended with; cancelling leaves it running."""
        await self._worker.wait()

    def report(self) -> Mapping[str, object]:
        """Return what the unit was told, what waits, and what became of the last hook."""
        return self._worker.report()
