"""One unit's agent: an engine with the unit's manifolds."""

import asyncio
import dataclasses
import datetime
import functools
import logging
import pathlib
import random as randoms
from collections.abc import Callable

from meterstatus import errors
from meterstatus.adapters import hook_runner
from meterstatus.adapters.client import unit
from meterstatus.adapters.files import state
from meterstatus.domain import agent_config
from meterstatus.domain import policy as policies
from meterstatus.domain.hook import outbox as outboxes
from meterstatus.domain.unit import offline_clock, reconnection
from meterstatus.engine import catacomb, engine, interface
from meterstatus.ports import agent, connection, hooks, time
from meterstatus.ports import worker as workers
from meterstatus.programs.agent import agent_login, migration, reports_manifold, status_manifold
from meterstatus.programs.controller import controller_places
from meterstatus.workers import api_caller, connected, isolated
from meterstatus.workers import attempts as attempting

AGENT = "agent"
API_CALLER = "api-caller"
MIGRATION_FLAG = "migration-flag"
REPORTS = "reports"
METER_STATUS = "meter-status"

FULL_JITTER = (0.0, 1.0)
"""Any delay between nothing and all of it is as likely, so that agents of one controller do not come back
together (docs/reference/waits.md)."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UnitAgentConfig:
    """What one unit's agent works with."""

    settings: agent_config.AgentConfig
    policy: policies.Policy
    """The agent's own, with both stages on; the controller's rules where it has one."""

    machine_lock: hooks.MachineLock
    dialer: connection.Dialer
    clock: time.InstantClock
    logger: logging.Logger
    hook_time_limit: datetime.timedelta
    random: randoms.Random = dataclasses.field(default_factory=randoms.Random)
    """Spreads the agents of one controller, in time and over its addresses."""

    look_period: datetime.timedelta = status_manifold.LOOK_PERIOD
    note_dir: str | None = None
    """Where the hook under way is noted, beside all that shares its lock; None is the data directory."""

    change_file: Callable[[agent.Change], None] = lambda _: None
    """Changes the unit's ``agent.conf``; raises as ``Agent.change_config``."""

    new_hook_runner: Callable[[hook_runner.HookRunnerConfig], hooks.DeliveryRunner] = (
        hook_runner.CharmHookRunner
    )
    new_disk_backed_state: Callable[[pathlib.Path, str], state.DiskBackedState] = state.DiskBackedState


class _Agent:
    """The unit's agent as a worker without work: it is there as long as the engine."""

    def __init__(
        self, config: UnitAgentConfig, attempts: attempting.Attempts, stopping: asyncio.Event
    ) -> None:
        self._settings = config.settings
        self._change_file = config.change_file
        self._attempts = attempts
        self._stopping = stopping
        self._scope = catacomb.Catacomb.start(_until_killed, name=AGENT)

    def current_config(self) -> agent_config.AgentConfig:
        """Return what the file said when this agent was started, and what it changed there itself.

        A file that somebody else changes starts a new agent.
        """
        return self._settings

    def change_config(self, change: agent.Change) -> None:
        """Change the file, and then what is known of it."""
        self._change_file(change)
        self._settings = change(self._settings)

    def kill(self) -> None:
        """Ask it to stop, which only the end of the engine does: nothing of it fails or is restarted."""
        self._stopping.set()
        self._scope.kill()

    async def wait(self) -> None:
        """Return once it has stopped."""
        await self._scope.wait()

    def report(self) -> dict[str, object]:
        """Return why there is no connection, where the last attempt at one failed."""
        return {"connection-error": self._attempts.failure} if self._attempts.failure else {}


async def _until_killed(scope: catacomb.Catacomb) -> None:
    await scope.dying.wait()


async def start(config: UnitAgentConfig) -> engine.Engine:
    """Start the unit's engine with its manifolds: agent, api-caller, migration-flag, reports, meter-status.

    The returned engine is a worker that runs until it is killed: nothing in it is fatal.
    """
    attempts = attempting.Attempts(config.clock, config.policy)
    unit_engine = engine.Engine.start(
        engine.EngineConfig(
            is_fatal=lambda _: False,
            worst_error=lambda first, second: first or second,
            clock=config.clock,
            logger=config.logger,
            random=config.random.random,
            jitter=FULL_JITTER,
            max_delay=reconnection.longest_delay(config.policy, offline_clock.NOTHING),
            # There is a connection worker only once a status was fetched, which ends its row of failures.
            backoff_reset_time=offline_clock.NOTHING,
            is_said=attempts.contact.is_said,
        )
    )
    for name, manifold in _manifolds(config, attempts).items():
        await unit_engine.install(name, manifold)
    return unit_engine


def _manifolds(config: UnitAgentConfig, attempts: attempting.Attempts) -> dict[str, interface.Manifold]:
    async def start_agent(_: interface.Context) -> workers.Worker:
        return _Agent(config, attempts, stopping)

    amber, red = (config.policy.grace(code) for code in policies.CODES)
    if amber is None or red is None:
        raise errors.ConfigError("an agent's own policy has both stages")
    stopping = asyncio.Event()
    outbox = outboxes.Outbox()
    gate = migration.MigrationGate(config.logger)
    places = controller_places.ControllerPlaces(config.logger)
    return {
        AGENT: interface.Manifold(inputs=(), start=start_agent, output=lambda worker: worker),
        API_CALLER: api_caller.manifold(
            api_caller.APICallerConfig(
                agent_name=AGENT,
                dialer=config.dialer,
                log_in=agent_login.AgentLogin(gate, places, config.logger),
                shuffle=config.random.shuffle,
                random=config.random.random,
                clock=config.clock,
                logger=config.logger,
                attempts=attempts,
            )
        ),
        MIGRATION_FLAG: migration.manifold(
            gate, config.settings.model, API_CALLER, config.clock, config.logger
        ),
        REPORTS: reports_manifold.manifold(
            outbox, config.settings.tag, API_CALLER, config.clock, config.logger
        ),
        METER_STATUS: status_manifold.manifold(
            status_manifold.ManifoldConfig(
                agent_name=AGENT,
                api_caller_name=API_CALLER,
                machine_lock=config.machine_lock,
                clock=config.clock,
                logger=config.logger,
                new_hook_runner=functools.partial(_new_hook_runner, config, gate),
                new_meter_status_api_client=functools.partial(_new_client, config, places),
                new_unit_state_api_client=functools.partial(_new_state_client, gate),
                new_connected_status_worker=connected.ConnectedStatusWorker.start,
                new_isolated_status_worker=isolated.IsolatedStatusWorker.start,
                amber_grace_period=amber,
                red_grace_period=red,
                warning=config.policy.warning,
                attempts=attempts,
                look_period=config.look_period,
                new_disk_backed_state=config.new_disk_backed_state,
                stopping=stopping,
                outbox=outbox,
            )
        ),
    }


def _new_hook_runner(
    config: UnitAgentConfig, gate: migration.MigrationGate, runner: hook_runner.HookRunnerConfig
) -> hooks.HookRunner:
    made = config.new_hook_runner(
        dataclasses.replace(runner, time_limit=config.hook_time_limit, note_dir=config.note_dir)
    )
    return migration.GatedRunner(made, gate)


def _new_state_client(
    gate: migration.MigrationGate, api: connection.APIConnection, unit_tag: str
) -> migration.GatedUnitState:
    return migration.GatedUnitState(unit.ContactUnitStateClient(api, unit_tag), gate)


def _new_client(
    config: UnitAgentConfig,
    places: controller_places.ControllerPlaces,
    api: connection.APIConnection,
    unit_tag: str,
) -> unit.ContactMeterStatusClient:
    return unit.ContactMeterStatusClient(api, unit_tag, config.clock, places.hear)
