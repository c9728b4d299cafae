"""A simulated charm: its hook takes time, fails, hangs, and remembers all that it was told."""

import asyncio
import dataclasses
import enum
import random as randoms
from collections.abc import Awaitable, Callable

from harness.invariants import model
from harness.simulation import process, story
from meterstatus import errors
from meterstatus.adapters import hook_runner
from meterstatus.domain import status
from meterstatus.domain.hook import hook_call, outcome
from meterstatus.ports import hooks, time
from meterstatus.runtime import waiting

Began = Callable[[model.Run], None]


class Behaviour(enum.Enum):
    """What a hook does."""

    WELL = "runs"
    FAILS = "fails"
    HANGS = "hangs"
    SLOW = "is slow"
    MISSING = "is missing"
    UNSTARTABLE = "cannot be started"


@dataclasses.dataclass(slots=True)
class Charm:
    """The charm of one unit on one machine.

    Attributes:
        behaviour: what its hook does from the next run on.
        troubled_at: when it last did not run well; minus infinity where it always did.
        is_busy: whether its agent has a hook run, or waits for the machine lock to run one.
        idle_since: when it last ended to be; minus infinity where it never was.
    """

    unit: str
    machine: str
    log: story.Story
    random: randoms.Random
    began: Began
    ended: Began
    behaviour: Behaviour = Behaviour.WELL
    troubled_at: float = float("-inf")
    running: model.Run | None = None
    is_busy: bool = False
    idle_since: float = float("-inf")

    def begin(self, told: hook_call.HookCall) -> model.Run:
        """Take note of a run that begins."""
        run = model.Run(unit=self.unit, machine=self.machine, began=story.now(), told=told)
        self.running = run
        self.log.runs.append(run)
        self.log.say(
            f"{self.unit}: hook {told.hook} {told.status.code} {told.status.info!r},"
            f" attempt {told.attempt} of {told.delivery_id}"
        )
        self.began(run)
        return run

    def end(self, run: model.Run, result: outcome.HookResult) -> None:
        """Take note of its end; later ends do not count."""
        if run.result is not None:
            return
        run.result, run.ended = result, story.now()
        self.running = None
        if not run.succeeded:
            self.troubled_at = story.now()
        self.log.say(f"{self.unit}: hook {result.value}")
        self.ended(run)

    def die(self) -> None:
        """End a run because its agent or machine is gone."""
        if self.running is not None:
            self.end(self.running, outcome.HookResult.TERMINATED)


class Runner:
    """``ports.hooks.DeliveryRunner`` that runs the charm's simulated hook under the machine's lock."""

    def __init__(self, its: Charm, config: hook_runner.HookRunnerConfig, owner: process.Process) -> None:
        self._charm, self._config, self._owner = its, config, owner

    async def run_hook(self, code: str, info: str, interrupt: time.Interrupt) -> outcome.HookOutcome:
        """Run the hook once."""
        told = hook_call.HookCall(status.MeterStatus(code, info))

        async def prepare() -> hook_call.HookCall:
            return told

        ended = await self.deliver(prepare, interrupt)
        assert ended is not None
        return ended

    async def deliver(
        self,
        prepare: hooks.Prepare,
        interrupt: time.Interrupt,
        waits: Callable[[], Awaitable[None]] | None = None,
        ends: time.Interrupt | None = None,
    ) -> outcome.HookOutcome | None:
        """Take the lock, ask, and run the hook; see ``ports.hooks.DeliveryRunner``."""
        self._charm.is_busy = True
        try:
            return await self._deliver(prepare, interrupt, waits, ends or interrupt)
        finally:
            self._charm.is_busy, self._charm.idle_since = False, story.now()

    async def _deliver(
        self,
        prepare: hooks.Prepare,
        interrupt: time.Interrupt,
        waits: Callable[[], Awaitable[None]] | None,
        ends: time.Interrupt,
    ) -> outcome.HookOutcome | None:
        if waits is not None:
            await waits()
        try:
            release = await self._config.machine_lock.acquire(
                worker="simulation", comment="", cancel=interrupt
            )
        except errors.LockUnavailableError as error:
            return outcome.HookOutcome(outcome.HookResult.NOT_STARTED, detail=str(error))
        try:
            if interrupt.is_set():
                return outcome.HookOutcome(outcome.HookResult.NOT_STARTED, detail="interrupted")
            told = await prepare()
            return None if told is None else await self._run(told, interrupt, ends)
        finally:
            release()

    async def _run(
        self, told: hook_call.HookCall, interrupt: time.Interrupt, ends: time.Interrupt
    ) -> outcome.HookOutcome:
        charm = self._charm
        if self._owner.is_dead or interrupt.is_set():
            return outcome.HookOutcome(outcome.HookResult.NOT_STARTED)
        behaviour = charm.behaviour
        if behaviour is Behaviour.UNSTARTABLE:
            charm.troubled_at = story.now()
            return outcome.HookOutcome(outcome.HookResult.NOT_STARTED)
        run = charm.begin(told)
        result = await self._result(behaviour, ends)
        charm.end(run, result)
        return outcome.HookOutcome(run.result or result)

    async def _result(self, behaviour: Behaviour, interrupt: time.Interrupt) -> outcome.HookResult:
        if behaviour is Behaviour.MISSING:
            return outcome.HookResult.MISSING
        seconds = self._charm.random.uniform(0.05, 2)
        if behaviour is Behaviour.SLOW:
            seconds = self._charm.random.uniform(10, 50)
        limit = self._config.clock.after(self._config.time_limit)
        work = asyncio.ensure_future(asyncio.sleep(float("1e9") if behaviour is Behaviour.HANGS else seconds))
        try:
            await waiting.wait_any(asyncio.shield(work), interrupt.wait(), limit)
        finally:
            limit.cancel()
            was_done = work.done()
            work.cancel()
        if was_done:
            fails = behaviour is Behaviour.FAILS
            return outcome.HookResult.FAILED if fails else outcome.HookResult.RAN
        is_cut = interrupt.is_set()
        return outcome.HookResult.TERMINATED if is_cut else outcome.HookResult.TIMED_OUT
