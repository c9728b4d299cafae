"""The shell around ``domain.decide``: runs its effects for one unit, in order, through the ports.

Decides nothing. Disk trouble does not stop it: what cannot be saved is kept in memory and tried again
(spec worker, B-03), because a unit that forgets its deadline is worse than one that might run a hook twice.
"""

import datetime
import logging

from meterstatus import errors
from meterstatus.domain import decide, outcome, state
from meterstatus.ports import hooks, status, time

Logger = logging.Logger
"""What every worker logs to; Juju's Logger."""

TRACE = 5
"""The log level below DEBUG that Juju uses for noise."""

SAVE_AGAIN = datetime.timedelta(seconds=5)
"""How soon a write that failed is tried again."""

NOT_RECORDED = "failed to record meter status worker state"
"""The reference's words for a failed write (spec worker, A.4)."""


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
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._logger = logger
        self._disk = disk
        self._controller = controller
        self._unsaved = False
        self._unreported = False
        self._wake_at: datetime.datetime | None = None
        self.memory = state.State()
        self.last_outcome: outcome.HookOutcome | None = None

    @property
    def wake_at(self) -> datetime.datetime | None:
        """When ``apply`` wants to be called with ``TimePassed`` at the latest; None is never."""
        if not (self._unsaved or self._unreported):
            return self._wake_at
        again = self._clock.now() + SAVE_AGAIN
        return again if self._wake_at is None else min(again, self._wake_at)

    def report_anew(self) -> None:
        """Have the controller's copy written with the next event, because it is not what it must be."""
        self._unreported = True

    async def apply(self, event: decide.Event, interrupt: time.Interrupt) -> None:
        """Let something happen to the unit, and see its effects through.

        Returns once nothing is left to do now; an interrupt ends a running hook and keeps the next from
        starting. Cancelling leaves the delivery written ahead, so that it is begun again.

        Raises:
            StateWriteError: the controller's copy was not written, and there is no disk to remember by.
        """
        # What failed before is tried again; what fails now waits for ``wake_at`` or the next event.
        save_again, report_again = self._unsaved, self._unreported
        upcoming: decide.Event | None = event
        while upcoming is not None:
            self.memory, effects = decide.decide(self.memory, upcoming, self._clock.now())
            upcoming = await self._run(effects, interrupt)
        if save_again and self._unsaved:
            await self._save()
        if report_again and self._unreported and self.memory.disconnected is None:
            await self._report()

    async def _run(
        self, effects: tuple[decide.Effect, ...], interrupt: time.Interrupt
    ) -> decide.Event | None:
        self._wake_at = None
        for effect in effects:
            match effect:
                case decide.Save():
                    await self._save()
                case decide.Report():
                    await self._report()
                case decide.WakeAt():
                    self._wake_at = effect.at
                case decide.RunHook():
                    if not interrupt.is_set():
                        return await self._run_hook(effect.delivery, interrupt)
        return None

    async def _run_hook(self, delivery: state.Delivery, interrupt: time.Interrupt) -> decide.HookEnded:
        told = delivery.status
        self._logger.info(
            "telling the hook %s %r, attempt %d of %s", told.code, told.info, delivery.attempt, delivery.id
        )
        self.last_outcome = await self._runner.run_hook(told.code, told.info, interrupt)
        return decide.HookEnded(self.last_outcome)

    async def _save(self) -> None:
        if self._disk is None:
            return
        try:
            await self._disk.write(self.memory)
        except Exception as error:  # noqa: BLE001 - a caller's own store has errors of its own
            if not self._unsaved:
                self._logger.error(
                    "%s: %s; it is kept in memory and tried again every %d s",
                    NOT_RECORDED,
                    error,
                    SAVE_AGAIN.total_seconds(),
                )
            self._unsaved = True
            return
        if self._unsaved:
            self._logger.info("meter status worker state recorded again")
        self._unsaved = False

    async def _report(self) -> None:
        if self._controller is None:
            return
        self._unreported = False
        try:
            # Juju's keys only: what is ours would be kept by the controller for nobody.
            await self._controller.write(state.State(self.memory.code, self.memory.info))
        except Exception as error:
            if self._disk is None:
                raise errors.StateWriteError(f"{NOT_RECORDED}: {error}") from error
            self._logger.warning("%s at the controller: %s; it is tried again", NOT_RECORDED, error)
            self._unreported = True

    def report(self) -> dict[str, object]:
        """Return what an operator asks first: what the hook was told, what waits, and since when."""
        memory = self.memory
        facts: dict[str, object] = {"status": memory.code, "info": memory.info}
        if memory.cut_off_at is not None:
            facts["disconnected-since"] = memory.cut_off_at.isoformat()
        if memory.delivering is not None:
            facts["delivering"] = memory.delivering.status.code
            facts["attempt"] = memory.delivering.attempt
        if self.last_outcome is not None:
            facts["last-outcome"] = self.last_outcome.result.value
        if self._wake_at is not None:
            facts["next-action"] = self._wake_at.isoformat()
        if self._unsaved:
            facts["unsaved"] = True
        return facts


async def recall(store: status.StateReadWriter, logger: logging.Logger) -> state.State | None:
    """Read a stored state; None where nothing is stored, or nothing that can be understood.

    A state that cannot be understood is logged and passed over: stopping at it would stop the unit for
    ever (spec worker, B-13). Any other error of the store is raised as it is.
    """
    try:
        return await store.read()
    except errors.NotFoundError:
        return None
    except errors.StateCorruptError as error:
        logger.error("%s; going on without it", error)
        return None
