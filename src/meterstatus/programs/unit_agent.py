"""One unit's agent: an engine with the unit's manifolds."""

import asyncio
import contextlib
import dataclasses
import datetime
import functools
import logging
import pathlib
import random as randoms
from collections.abc import Callable

from meterstatus import errors
from meterstatus.adapters import controller_client, hook_runner, state
from meterstatus.domain import agent_config
from meterstatus.domain import policy as policies
from meterstatus.engine import catacomb, engine, interface
from meterstatus.ports import connection, hooks, time
from meterstatus.ports import worker as workers
from meterstatus.programs import contact, status_manifold
from meterstatus.workers import api_caller, connected, isolated

AGENT = "agent"
API_CALLER = "api-caller"
METER_STATUS = "meter-status"

FULL_JITTER = (0.0, 1.0)
"""Any delay between nothing and all of it is as likely, so that agents of one controller do not come back
together (architecture, section 6)."""

MAX_RECONNECT_DELAY = datetime.timedelta(seconds=30)
"""Juju waits up to two minutes; an isolated unit may be RED by then although its controller is back."""


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
    new_hook_runner: Callable[[hook_runner.HookRunnerConfig], hooks.HookRunner] = hook_runner.CharmHookRunner
    new_disk_backed_state: Callable[[pathlib.Path, str], state.DiskBackedState] = state.DiskBackedState


@dataclasses.dataclass(slots=True)
class _Attempts:
    """What became of the attempts at a connection."""

    tried: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    """Said once the first has failed; one that succeeds ends whoever waits for it."""

    failure: str = ""
    """Why the last one failed; "" where it did not. The engine forgets that when it waits for the next."""


class _Agent:
    """The unit's agent as a worker without work: it is there as long as the engine."""

    def __init__(self, settings: agent_config.AgentConfig, attempts: _Attempts) -> None:
        self._settings = settings
        self._attempts = attempts
        self._scope = catacomb.Catacomb.start(_until_killed, name=AGENT)

    def current_config(self) -> agent_config.AgentConfig:
        """Return what the file said when this agent was started; a changed file starts a new agent."""
        return self._settings

    def kill(self) -> None:
        """Ask it to stop."""
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
    """Start the unit's engine with its manifolds: agent, api-caller and meter-status.

    The returned engine is a worker that runs until it is killed: nothing in it is fatal.
    """
    unit_engine = engine.Engine.start(
        engine.EngineConfig(
            is_fatal=lambda _: False,
            worst_error=lambda first, second: first or second,
            clock=config.clock,
            logger=config.logger,
            random=config.random.random,
            jitter=FULL_JITTER,
            max_delay=MAX_RECONNECT_DELAY,
        )
    )
    for name, manifold in _manifolds(config).items():
        await unit_engine.install(name, manifold)
    return unit_engine


def _manifolds(config: UnitAgentConfig) -> dict[str, interface.Manifold]:
    async def start_agent(_: interface.Context) -> workers.Worker:
        return _Agent(config.settings, attempts)

    amber, red = config.policy.amber_grace_period, config.policy.red_grace_period
    if amber is None or red is None:
        raise errors.ConfigError("an agent's own policy has both stages")
    attempts = _Attempts()
    return {
        AGENT: interface.Manifold(inputs=(), start=start_agent, output=lambda worker: worker),
        API_CALLER: _watched(
            attempts,
            api_caller.manifold(
                api_caller.APICallerConfig(
                    agent_name=AGENT,
                    dialer=config.dialer,
                    log_in=_log_in,
                    shuffle=config.random.shuffle,
                    clock=config.clock,
                    logger=config.logger,
                )
            ),
        ),
        METER_STATUS: status_manifold.manifold(
            status_manifold.ManifoldConfig(
                agent_name=AGENT,
                api_caller_name=API_CALLER,
                machine_lock=config.machine_lock,
                clock=config.clock,
                logger=config.logger,
                new_hook_runner=functools.partial(_new_hook_runner, config),
                new_meter_status_api_client=functools.partial(_new_client, config),
                new_unit_state_api_client=contact.ContactUnitStateClient,
                new_connected_status_worker=connected.ConnectedStatusWorker.start,
                new_isolated_status_worker=isolated.IsolatedStatusWorker.start,
                amber_grace_period=amber,
                red_grace_period=red,
                warning=config.policy.warning,
                tried=attempts.tried,
                look_period=config.look_period,
                new_disk_backed_state=config.new_disk_backed_state,
            )
        ),
    }


def _watched(attempts: _Attempts, manifold: interface.Manifold) -> interface.Manifold:
    """Keep what becomes of each attempt at a connection."""

    async def start(context: interface.Context) -> workers.Worker:
        try:
            made = await manifold.start(context)
        except Exception as error:
            attempts.failure = str(error) or type(error).__name__
            attempts.tried.set()
            raise
        attempts.failure = ""
        return made

    return dataclasses.replace(manifold, start=start)


def _new_hook_runner(config: UnitAgentConfig, runner: hook_runner.HookRunnerConfig) -> hooks.HookRunner:
    return config.new_hook_runner(dataclasses.replace(runner, time_limit=config.hook_time_limit))


def _new_client(
    config: UnitAgentConfig, api: connection.APIConnection, unit_tag: str
) -> contact.ContactMeterStatusClient:
    return contact.ContactMeterStatusClient(api, unit_tag, config.clock)


async def _log_in(made: connection.APIConnection, settings: agent_config.AgentConfig) -> connection.Login:
    """Log in and hear a status, without which there is no contact, while the isolated worker still runs.

    Else a controller that takes the login and is silent from then on would put off a stage that is due.
    """
    # A fresh file of Juju's has the initial password as the old one only (spec juju-api, 9.3).
    login = await controller_client.AdminClient(made).login(
        settings.tag,
        settings.api_password or settings.old_password,
        nonce=settings.nonce,
        model_tag=settings.model,
    )
    with contextlib.suppress(errors.UnsupportedError):  # the status worker says so, and ends for good
        await controller_client.MeterStatusFacadeClient(made, settings.tag).meter_status()
    return login
