"""The status manifold: the connected worker while there is a connection, else the isolated one.

Composes workers and adapters (spec worker, A.11), which is why it lives among the programs.

Differs from the reference on purpose: isolation needs nothing that needs the controller (B-01); the state is
one file per unit, in the unit's own directory (B-05), that both workers share, so isolation starts from what
the hook was last told (B-04) and an upload never blocks the connected worker (B-12).
"""

import dataclasses
import datetime
import functools
import logging
import pathlib
import zlib
from collections.abc import Callable

from meterstatus import errors
from meterstatus.adapters import hook_runner
from meterstatus.adapters.files import state
from meterstatus.domain import agent_config, names, policy
from meterstatus.domain.hook import outbox as outboxes
from meterstatus.engine import interface
from meterstatus.ports import agent, connection, hooks, status, time
from meterstatus.ports import worker as workers
from meterstatus.runtime import durable_file, regular_file
from meterstatus.workers import attempts as attempting
from meterstatus.workers import configuration, triggers
from meterstatus.workers import driver as drivers

STATE_FILE = "meter-status.yaml"
"""In the unit's own agent directory; Juju's own file of this name lies in the data directory."""

LOOK_PERIOD = datetime.timedelta(seconds=1)
"""How often an isolated unit's clocks are looked at: a step of the wall clock, and what was counted, must be
on the disk before the next boot, which knows nothing else to count by."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ManifoldConfig:
    """What the status manifold works with: the names of its inputs, and how to make its parts."""

    agent_name: str
    """The input that is the unit's ``Agent``."""

    api_caller_name: str
    """The input that is a logged-in ``APIConnection``."""

    machine_lock: hooks.MachineLock
    clock: time.Clock
    logger: logging.Logger
    new_hook_runner: Callable[[hook_runner.HookRunnerConfig], hooks.HookRunner]
    new_meter_status_api_client: Callable[[connection.APIConnection, str], status.MeterStatusClient]
    """Makes the client from the connection and the unit's tag."""

    new_unit_state_api_client: Callable[[connection.APIConnection, str], status.UnitStateAPI]
    """Makes the client from the connection and the unit's tag."""

    new_connected_status_worker: Callable[[configuration.ConnectedConfig], workers.Worker]
    new_isolated_status_worker: Callable[[configuration.IsolatedConfig], workers.Worker]
    amber_grace_period: datetime.timedelta = policy.JUJU_AMBER
    red_grace_period: datetime.timedelta = policy.JUJU_RED
    """Both hold where the controller has no policy for the unit."""

    warning: datetime.timedelta | None = None
    """See ``IsolatedConfig.warning``."""

    attempts: attempting.Attempts | None = None
    """See ``IsolatedConfig.attempts``."""

    look_period: datetime.timedelta = LOOK_PERIOD
    stopping: time.Interrupt | None = None
    """See ``ConnectedConfig.stopping``."""

    outbox: outboxes.Outbox = dataclasses.field(default_factory=outboxes.Outbox)
    """The unit's; see ``ConnectedConfig.outbox``."""

    new_disk_backed_state: Callable[[pathlib.Path, str], state.DiskBackedState] = state.DiskBackedState
    """Makes the unit's store from its path and the unit's name."""


def manifold(config: ManifoldConfig) -> interface.Manifold:
    """Make the status manifold: inputs agent and API caller, in this order; no output."""
    # One store for all of a unit's workers: what a full disk did not take from one, the next still knows.
    stores: dict[pathlib.Path, state.DiskBackedState] = {}

    async def start(context: interface.Context) -> workers.Worker:
        configuration.require(config.clock, "missing Clock")
        configuration.require(config.machine_lock, "missing MachineLock")
        unit: agent.Agent = context.get(config.agent_name)
        settings = unit.current_config()
        path = pathlib.Path(settings.agent_dir) / STATE_FILE
        disk = stores.get(path) or config.new_disk_backed_state(path, settings.unit_name)
        stores[path] = disk
        for said in disk.clear_the_way():
            config.logger.error("%s", said)
        await _take_over_jujus(settings, path, disk, config.logger)
        return _new_status_worker(config, context, settings, disk)

    def finished(error: BaseException | None) -> BaseException | None:
        if not errors.chain_has(error, errors.UnsupportedError):
            return error
        config.logger.info("the controller has no meter status: the worker is no longer needed")
        return None

    return interface.Manifold(
        inputs=(config.agent_name, config.api_caller_name), start=start, filter=finished
    )


async def _take_over_jujus(
    settings: agent_config.AgentConfig,
    path: pathlib.Path,
    disk: state.DiskBackedState,
    logger: logging.Logger,
) -> None:
    """Take over the state that a Juju agent of this machine left, once: into a file that is not there yet.

    It does not say whose it is, and all units of the machine wrote it (B-05): where there are several it
    is nobody's. It is left as it is, for a Juju agent that may still be there, and beside it is written down
    that it was taken: a unit that is added later, under the same name or another, is a new one, and what a
    Juju agent could not delete poisons nothing (B-11). Whatever is wrong with it, or with the writing, keeps
    no unit from being served.
    """
    jujus = pathlib.Path(settings.data_dir) / STATE_FILE
    try:
        if path.exists() or not jujus.is_file() or _is_taken(jujus):
            return
        if len(list(pathlib.Path(settings.data_dir).glob("agents/unit-*"))) != 1:
            logger.info("%s is not taken over: it does not say which of the units it belongs to", jujus)
            return
        left = await state.DiskBackedState(jujus).read()
        # A unit that was removed may have left it: the hook is told anew.
        await disk.write(dataclasses.replace(left, unsure=True))
        durable_file.write(_note_beside(jujus), _mark_of(jujus).encode())
    # UnicodeDecodeError: whether it was taken is not known, and twice would be worse than never.
    except (OSError, UnicodeDecodeError, errors.MeterStatusError) as error:
        logger.warning("%s is not taken over: %s", jujus, error)
    else:
        logger.info("took over what a Juju agent left in %s", jujus)


def _note_beside(jujus: pathlib.Path) -> pathlib.Path:
    return jujus.with_name(f"{jujus.name}.taken-over")


def _mark_of(jujus: pathlib.Path) -> str:
    """Return what tells one content of the file from another."""
    content = regular_file.read(jujus)
    return f"{len(content)} bytes, checksum {zlib.crc32(content):08x}\n"


def _is_taken(jujus: pathlib.Path) -> bool:
    try:
        return regular_file.read(_note_beside(jujus)).decode() == _mark_of(jujus)
    except FileNotFoundError:
        return False


def _new_status_worker(
    config: ManifoldConfig,
    context: interface.Context,
    settings: agent_config.AgentConfig,
    disk: state.DiskBackedState,
) -> workers.Worker:
    tag = names.parse_tag(settings.tag)
    if tag.kind is not names.Kind.UNIT:
        raise errors.MeterStatusError(f'expected a unit tag, got "{settings.tag}"')
    runner = config.new_hook_runner(
        hook_runner.HookRunnerConfig(
            machine_lock=config.machine_lock,
            agent_config=settings,
            tag=settings.tag,
            clock=config.clock,
            logger=config.logger,
        )
    )
    try:
        api: connection.APIConnection = context.get(config.api_caller_name)
    except Exception as error:
        if not errors.chain_has(error, errors.DependencyMissingError):
            raise
        return _isolated(config, runner, disk)
    config.logger.log(drivers.TRACE, "there is a controller: the status worker is connected")
    client = config.new_meter_status_api_client(api, settings.tag)
    return config.new_connected_status_worker(
        configuration.ConnectedConfig(
            runner=runner,
            state_read_writer=state.ControllerBackedState(
                config.new_unit_state_api_client(api, settings.tag)
            ),
            status=client,
            logger=config.logger,
            memory=disk,
            clock=config.clock,
            policies=client if isinstance(client, status.PolicySource) else None,
            own_policy=policy.amber_red(config.amber_grace_period, config.red_grace_period, config.warning),
            confirms_contact=True,
            outbox=config.outbox,
            stopping=config.stopping,
            epochs=client if isinstance(client, status.EpochReporter) else None,
            attempts=config.attempts,
            give_up=functools.partial(_close, api),
        )
    )


async def _close(api: connection.APIConnection) -> None:
    await api.close()


def _isolated(
    config: ManifoldConfig, runner: hooks.HookRunner, disk: state.DiskBackedState
) -> workers.Worker:
    config.logger.log(drivers.TRACE, "there is no controller: the status worker is isolated")
    return config.new_isolated_status_worker(
        configuration.IsolatedConfig(
            runner=runner,
            state_read_writer=disk,
            clock=config.clock,
            logger=config.logger,
            amber_grace_period=config.amber_grace_period,
            red_grace_period=config.red_grace_period,
            trigger_factory=triggers.get_triggers,
            warning=config.warning,
            attempts=config.attempts,
            look_period=config.look_period,
            outbox=config.outbox,
            stopping=config.stopping,
        )
    )
