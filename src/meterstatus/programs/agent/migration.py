"""The guard of a unit whose model is being migrated, and the manifold that keeps it (spec juju-api, 9.1).

While a Juju controller hands a model over, no agent of it runs a hook or changes what the controller keeps.
Time goes on, and so does contact: a status that can be fetched is one. Differs from the reference on purpose:
without a controller nothing is guarded (spec worker, B-01).
"""

import logging
from collections.abc import Awaitable, Callable

from meterstatus import errors
from meterstatus.domain.hook import outcome
from meterstatus.domain.unit import migration
from meterstatus.engine import interface, notify
from meterstatus.ports import connection, hooks, status, time
from meterstatus.ports import worker as workers


class MigrationGate:
    """What is known of the model's migration.

    Attributes:
        is_asked: whether the controller is one to ask; said at each login.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._phase = ""
        self.is_asked = False

    @property
    def obstacle(self) -> str:
        """Why nothing may be told now; "" where it may."""
        if migration.lets_work(self._phase):
            return ""
        return f"the model is being migrated, phase {self._phase}"

    def learn(self, phase: str) -> None:
        """Take in a phase; "" where nobody can be asked any more."""
        before, self._phase = self.obstacle, phase
        if before != self.obstacle:
            self._logger.info("%s", self.obstacle or "the model's migration no longer keeps the hook waiting")


class GatedRunner:
    """``DeliveryRunner``, ``CharmLooker`` and ``LockLooker`` that begin no hook while a model moves."""

    def __init__(self, runner: hooks.DeliveryRunner, gate: MigrationGate) -> None:
        self._runner, self._gate = runner, gate

    async def run_hook(self, code: str, info: str, interrupt: time.Interrupt) -> outcome.HookOutcome:
        """Run the hook, or say why it was not started."""
        return self._held() or await self._runner.run_hook(code, info, interrupt)

    async def deliver(
        self,
        prepare: hooks.Prepare,
        interrupt: time.Interrupt,
        waits: Callable[[], Awaitable[None]] | None = None,
        ends: time.Interrupt | None = None,
    ) -> outcome.HookOutcome | None:
        """Deliver, or say why the hook was not started; it is tried again as any such is."""
        return self._held() or await self._runner.deliver(prepare, interrupt, waits, ends)

    def awaited(self) -> str:
        """Say for what of the charm a hook has to wait; see ``ports.hooks.CharmLooker``."""
        return self._runner.awaited() if isinstance(self._runner, hooks.CharmLooker) else ""

    def has_hook(self) -> bool:
        """Tell whether the charm has something to run; see ``ports.hooks.CharmLooker``."""
        return isinstance(self._runner, hooks.CharmLooker) and self._runner.has_hook()

    def lock_holder(self) -> str:
        """Say who holds the machine lock; see ``ports.hooks.LockLooker``."""
        return self._runner.lock_holder() if isinstance(self._runner, hooks.LockLooker) else ""

    def _held(self) -> outcome.HookOutcome | None:
        obstacle = self._gate.obstacle
        return outcome.HookOutcome(outcome.HookResult.NOT_STARTED, detail=obstacle) if obstacle else None


class GatedUnitState:
    """``UnitStateAPI`` that changes nothing at a controller which is handing the model over."""

    def __init__(self, api: status.UnitStateAPI, gate: MigrationGate) -> None:
        self._api, self._gate = api, gate

    async def state(self) -> str:
        """Fetch the field."""
        return await self._api.state()

    async def set_state(self, text: str) -> None:
        """Store the field, or raise; it is tried again as any failed write is."""
        if self._gate.obstacle:
            raise errors.MeterStatusError(self._gate.obstacle)
        await self._api.set_state(text)


class _Handler:
    def __init__(self, gate: MigrationGate, api: connection.APIConnection, model_tag: str) -> None:
        # The rare one: an agent of our own controller never needs it.
        from meterstatus.adapters.client import migration as clients

        self._gate = gate
        self._client = clients.MigrationFlagClient(api, model_tag)
        self.wake_in = None

    async def set_up(self) -> status.NotifyWatcher:
        return await self._client.watch()

    async def handle(self, abort: time.Interrupt) -> None:
        self._gate.learn(await self._client.phase())

    async def tear_down(self) -> None:
        self._gate.learn("")


def manifold(
    gate: MigrationGate, model_tag: str, api_caller_name: str, clock: time.Clock, logger: logging.Logger
) -> interface.Manifold:
    """Make the manifold that keeps a gate while there is a Juju controller to ask; no output.

    It may be missing without any harm, so nothing has it for an input.
    """

    async def start(context: interface.Context) -> workers.Worker:
        api: connection.APIConnection = context.get(api_caller_name)
        if not gate.is_asked:
            raise errors.DependencyMissingError("a controller that migrates models")
        return notify.NotifyWorker.start(_Handler(gate, api, model_tag), clock, logger)

    return interface.Manifold(inputs=(api_caller_name,), start=start)
