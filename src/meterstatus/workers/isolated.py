"""The isolated worker: escalates by itself while there is no controller (spec worker, A.5, A.6).

Differs from the reference on purpose: the record of the disconnection is saved before any timer is armed
(B-02), a failed write neither ends the worker nor runs a hook again (B-03), and a timer that fires only
makes it look: what to tell is computed from the time (B-17).
"""

import asyncio
import datetime
from typing import Self

from meterstatus.domain import decide, state
from meterstatus.engine import catacomb
from meterstatus.ports import time
from meterstatus.workers import configuration, driver


class IsolatedStatusWorker:
    """A worker that tells AMBER and RED when their grace periods have passed, until it is killed."""

    def __init__(self, config: configuration.IsolatedConfig) -> None:
        self._config = config
        self._driver = driver.Driver(
            runner=config.runner,
            clock=config.clock,
            logger=config.logger,
            disk=config.state_read_writer,
            controller=None,
        )
        self._alarms = _Alarms()
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
        facts: dict[str, object] = {"mode": "isolated", **self._driver.report()}
        stages = decide.next_stages(self._driver.memory, self._config.clock.now())
        if stages:
            facts["next-stage"] = stages[0].isoformat()
        return facts

    async def _work(self, scope: catacomb.Catacomb) -> None:
        config = self._config
        policy = state.Policy(config.amber_grace_period, config.red_grace_period)
        self._driver.memory = await driver.recall(config.state_read_writer, config.logger) or state.State()
        self._driver.memory, _ = decide.decide(
            self._driver.memory, decide.Started(policy), config.clock.now()
        )
        try:
            await self._driver.apply(decide.ContactLost(), scope.dying)
            self._say_what_comes(since=self._arm_triggers())
            while await self._wait_until_due(scope):
                config.logger.debug("looking whether a stage is due")
                await self._driver.apply(decide.TimePassed(), scope.dying)
        finally:
            self._alarms.cancel()

    def _say_what_comes(self, *, since: datetime.datetime) -> None:
        stages = decide.next_stages(self._driver.memory, self._config.clock.now())
        self._config.logger.info(
            "cut off from the controller since %s; %s",
            since.isoformat(timespec="seconds"),
            f"the next stage is at {stages[0].isoformat(timespec='seconds')}"
            if stages
            else "no stage is left",
        )

    def _arm_triggers(self) -> datetime.datetime:
        """Arm the stages' timers, once for the worker's life, and return what they count from."""
        config, memory = self._config, self._driver.memory
        since = memory.cut_off_at
        if memory.disconnected is None or since is None:
            raise AssertionError("isolation without a record of it")
        armed = config.trigger_factory(
            memory.disconnected.state,
            memory.code,
            since,
            config.clock,
            config.amber_grace_period,
            config.red_grace_period,
        )
        for timer, grace in (
            (armed.amber, config.amber_grace_period),
            (armed.red, config.red_grace_period),
        ):
            if timer is not None:
                self._alarms.add(timer, since + grace)
        return since

    async def _wait_until_due(self, scope: catacomb.Catacomb) -> bool:
        """Wait for a timer or the end; False at the end.

        A wake that no armed trigger stands for, such as the next attempt of a failed hook or the rest of a
        stage whose trigger came early by the wall clock, gets a timer of its own.
        """
        wake_at = self._driver.wake_at
        if wake_at is not None and not self._alarms.has(wake_at):
            self._alarms.add(self._config.clock.after(wake_at - self._config.clock.now()), wake_at)
        await self._alarms.wait_first(scope.dying)
        return not scope.dying.is_set()


class _Alarms:
    """Armed timers and when they are due, each waited for by a task of its own."""

    def __init__(self) -> None:
        self._armed: dict[asyncio.Future[object], tuple[time.Timer, datetime.datetime]] = {}

    def add(self, timer: time.Timer, due: datetime.datetime) -> None:
        """Take over an armed timer."""
        self._armed[asyncio.ensure_future(timer)] = (timer, due)

    def has(self, due: datetime.datetime) -> bool:
        """Tell whether a timer for exactly this instant is armed and has not fired."""
        return any(due == known for _, known in self._armed.values())

    async def wait_first(self, dying: asyncio.Event) -> None:
        """Wait until a timer fires or the word to stop is said; forgets the timers that fired."""
        stopping = asyncio.ensure_future(dying.wait())
        try:
            await asyncio.wait({stopping, *self._armed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        for task in [task for task in self._armed if task.done()]:
            del self._armed[task]
            task.result()

    def cancel(self) -> None:
        """Disarm everything."""
        for task, (timer, _) in self._armed.items():
            task.cancel()
            timer.cancel()
        self._armed.clear()
