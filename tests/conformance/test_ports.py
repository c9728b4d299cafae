"""What a user of the package implements: each port with names of his own, as a strict type checker sees it.

That this file passes pyright is the claim; the tests below only show that such parts work together.
"""

import asyncio
import datetime
import logging
from collections.abc import AsyncIterator, Callable

from meterstatus import (
    Agent,
    AgentConfig,
    Clock,
    HookOutcome,
    HookResult,
    HookRunner,
    Interrupt,
    IsolatedConfig,
    IsolatedStatusWorker,
    MachineLock,
    MeterStatus,
    MeterStatusClient,
    NotFoundError,
    NotifyWatcher,
    State,
    StateReadWriter,
    SystemClock,
    Timer,
    UnitStateAPI,
    Worker,
    get_triggers,
)

SHORT = datetime.timedelta(milliseconds=50)


class Kept:
    """A state in memory; its parameter is not called as the port's."""

    def __init__(self) -> None:
        self.state: State | None = None

    async def read(self) -> State:
        """Return it."""
        if self.state is None:
            raise NotFoundError("state")
        return self.state

    async def write(self, state: State) -> None:
        """Replace it."""
        self.state = state


class Hook:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.is_red = asyncio.Event()

    async def run_hook(self, status: str, information: str, stop: Interrupt) -> HookOutcome:
        """Note a status."""
        self.told.append(status)
        if status == "RED":
            self.is_red.set()
        return HookOutcome(HookResult.RAN)


class Time:
    """The system's."""

    def __init__(self) -> None:
        self._system = SystemClock()

    def now(self) -> datetime.datetime:
        """Return the wall time."""
        return self._system.now()

    def after(self, span: datetime.timedelta) -> Timer:
        """Arm a timer."""
        return self._system.after(span)


class Field:
    """A unit's meter field."""

    async def state(self) -> str:
        """Return nothing."""
        return ""

    async def set_state(self, yaml: str) -> None:
        """Forget it."""


class Watch:
    """Tells nothing."""

    def __aiter__(self) -> AsyncIterator[None]:
        """Return itself."""
        return self

    async def __anext__(self) -> None:
        """End."""
        raise StopAsyncIteration

    async def stop(self) -> None:
        """Do nothing."""


class Controller:
    """Says GREEN."""

    async def meter_status(self) -> MeterStatus:
        """Return it."""
        return MeterStatus("GREEN", "")

    async def watch_meter_status(self) -> Watch:
        """Watch nothing."""
        return Watch()


class Lock:
    """Free always. Its parameters are given by name, and so are called as the port's."""

    async def acquire(
        self, *, worker: str, comment: str, cancel: Interrupt | None, group: str = ""
    ) -> Callable[[], None]:
        """Take it."""
        return lambda: None


class Unit:
    """A unit's agent."""

    def __init__(self, settings: AgentConfig) -> None:
        self._settings = settings

    def current_config(self) -> AgentConfig:
        """Return it."""
        return self._settings

    def change_config(self, make: Callable[[AgentConfig], AgentConfig]) -> None:
        """Change it."""
        self._settings = make(self._settings)


STORE: type[StateReadWriter] = Kept
RUNNER: type[HookRunner] = Hook
CLOCK: type[Clock] = Time
FIELD: type[UnitStateAPI] = Field
WATCHER: type[NotifyWatcher] = Watch
CLIENT: type[MeterStatusClient] = Controller
LOCK: type[MachineLock] = Lock
AGENT: type[Agent] = Unit


async def test_a_worker_runs_on_a_users_own_parts() -> None:
    """With store, runner and clock of his own, a unit without its controller escalates."""
    store, hook = Kept(), Hook()
    worker: Worker = IsolatedStatusWorker.start(
        IsolatedConfig(
            runner=hook,
            state_read_writer=store,
            clock=Time(),
            logger=logging.getLogger("test.ports"),
            amber_grace_period=SHORT,
            red_grace_period=2 * SHORT,
            trigger_factory=get_triggers,
        )
    )
    await asyncio.wait_for(hook.is_red.wait(), 30)
    worker.kill()
    await worker.wait()
    assert hook.told == ["AMBER", "RED"]
    assert store.state is not None
    assert store.state.code == "RED"
