"""The agent program: one process per machine, any number of units.

Serves every ``agents/unit-*/agent.conf`` under its data directory, and looks for changes there while it runs:
a unit added is served within seconds, a unit removed is left, a changed file starts that unit's agent anew.

Started by ``meterstatus agent run`` as a process of its own, so that the running agent carries no command
line framework; nothing here may import one.
"""

import asyncio
import contextlib
import dataclasses
import datetime
import errno
import json
import logging
import os
import pathlib
import signal
import sys
from collections.abc import Callable, Sequence

from meterstatus import clock as clocks
from meterstatus import errors, waiting
from meterstatus.adapters import agent_conf, hook_runner, introspection, machine_lock, websocket_client
from meterstatus.domain import agent_config
from meterstatus.domain import policy as policies
from meterstatus.engine import engine
from meterstatus.ports import agent, time
from meterstatus.programs import agent_report, logs, unit_agent

LOOK_PERIOD = datetime.timedelta(seconds=2)
"""How often the agent looks for units added, changed and removed."""

STOP_LIMIT = datetime.timedelta(seconds=30)
"""For all units to stop after a signal: longer than a hook's grace between TERM and KILL."""

_logger = logging.getLogger("meterstatus.agent")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """What the agent process is told when it is started."""

    data_dir: pathlib.Path
    amber_grace_period: datetime.timedelta = policies.JUJU_AMBER
    red_grace_period: datetime.timedelta = policies.JUJU_RED
    warning: datetime.timedelta | None = None
    hook_time_limit: datetime.timedelta = hook_runner.TIME_LIMIT
    lock_dir: pathlib.Path | None = None
    """Where the machine lock lies; None is Juju's place for root, and the data directory for others."""

    log_level: str = "INFO"
    """One of ``logs.LEVELS``."""

    log_format: logs.LogFormat = "text"


def command(settings: AgentSettings) -> list[str]:
    """Return the command line that runs the agent with these settings."""
    return [sys.executable, "-m", "meterstatus.programs.agent", _to_json(settings)]


def _to_json(settings: AgentSettings) -> str:
    return json.dumps(
        {
            "data-dir": str(settings.data_dir),
            "amber-grace-seconds": settings.amber_grace_period.total_seconds(),
            "red-grace-seconds": settings.red_grace_period.total_seconds(),
            "warning-seconds": None if settings.warning is None else settings.warning.total_seconds(),
            "hook-time-limit-seconds": settings.hook_time_limit.total_seconds(),
            "lock-dir": None if settings.lock_dir is None else str(settings.lock_dir),
            "log-level": settings.log_level,
            "log-format": settings.log_format,
        }
    )


def _from_json(text: str) -> AgentSettings:
    values = json.loads(text)
    return AgentSettings(
        data_dir=pathlib.Path(values["data-dir"]),
        amber_grace_period=datetime.timedelta(seconds=values["amber-grace-seconds"]),
        red_grace_period=datetime.timedelta(seconds=values["red-grace-seconds"]),
        warning=(
            None
            if values["warning-seconds"] is None
            else datetime.timedelta(seconds=values["warning-seconds"])
        ),
        hook_time_limit=datetime.timedelta(seconds=values["hook-time-limit-seconds"]),
        lock_dir=None if values["lock-dir"] is None else pathlib.Path(values["lock-dir"]),
        log_level=values["log-level"],
        log_format=values["log-format"],
    )


class Machine:
    """All units of this machine: finds them, runs an engine for each, and ends them together."""

    def __init__(self, settings: AgentSettings, clock: time.InstantClock) -> None:
        self._settings = settings
        self._clock = clock
        self._dialer = websocket_client.WebSocketDialer()
        self._lock_directory = _lock_directory(settings)
        self._units: dict[str, _Unit] = {}
        self._refused: dict[str, _Refusal] = {}
        self._started = self._clock.now()
        self._is_stopping = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve the units until told to stop; returns when they have ended, or raises.

        Raises:
            RequestTimeoutError: a unit did not end within the limit.
        """
        while not stopping.is_set():
            await self._look()
            timer = self._clock.after(LOOK_PERIOD)
            await waiting.wait_any(stopping.wait(), timer)
            timer.cancel()
        self._is_stopping = True
        await self._stop(list(self._units))

    def report(self) -> dict[str, object]:
        """Return how the agent and each of its units are now, as ``agent_report`` has it."""
        served = {
            tag: agent_report.unit(
                unit.engine.report(), agent=unit_agent.AGENT, status_worker=unit_agent.METER_STATUS
            )
            for tag, unit in self._units.items()
        }
        refused = {tag: agent_report.refused(refusal.reason) for tag, refusal in self._refused.items()}
        return agent_report.document(
            pid=os.getpid(),
            data_dir=str(self._settings.data_dir),
            started=self._started,
            now=self._clock.now(),
            is_stopping=self._is_stopping,
            units=refused | served,
        )

    async def _look(self) -> None:
        """Start what is new, end what is gone, and do both for what changed."""
        found = {path.parent.name: _signature(path) for path in _conf_paths(self._settings.data_dir)}
        gone = [tag for tag, unit in self._units.items() if found.get(tag) != unit.file.signature]
        for tag in gone:
            _logger.info("%s: its agent.conf was changed or removed; stopping its agent", tag)
        await self._stop(gone)
        self._refused = {tag: one for tag, one in self._refused.items() if found.get(tag) == one.signature}
        for tag, signature in found.items():
            if signature is not None and tag not in self._units and tag not in self._refused:
                await self._start(tag, signature)

    async def _start(self, tag: str, signature: "_Signature") -> None:
        path = self._settings.data_dir / "agents" / tag / agent_conf.FILE_NAME
        file = _File(path, signature)
        try:
            settings = agent_conf.read(path)
            if settings.tag != tag:
                raise errors.ConfigError(f"{path} is the file of {settings.tag}, not of {tag}")
            started = await self._start_engine(settings, file)
        except (OSError, errors.MeterStatusError) as error:
            _logger.error("%s is not served: %s", tag, error)
            self._refused[tag] = _Refusal(signature, str(error))
            return
        self._units[tag] = _Unit(file, started)
        _logger.info("%s is served", tag)

    async def _start_engine(self, settings: agent_config.AgentConfig, file: "_File") -> engine.Engine:
        # The data directory is where the file was found, whatever it says: a copied tree stays whole.
        settings = dataclasses.replace(settings, data_dir=str(self._settings.data_dir))
        logger = logging.getLogger(f"meterstatus.{settings.tag}")
        with contextlib.suppress(OSError):  # the lock's log says it when it is needed, and hooks run without
            pathlib.Path(settings.log_dir).mkdir(mode=0o755, parents=True, exist_ok=True)
        lock = machine_lock.FlockMachineLock(
            agent_name=settings.tag,
            clock=self._clock,
            logger=logger,
            log_path=pathlib.Path(settings.log_dir) / "machine-lock.log",
            directory=self._lock_directory,
        )
        return await unit_agent.start(
            unit_agent.UnitAgentConfig(
                settings=settings,
                policy=policies.Policy(
                    self._settings.amber_grace_period,
                    self._settings.red_grace_period,
                    self._settings.warning,
                ),
                machine_lock=lock,
                dialer=self._dialer,
                clock=self._clock,
                logger=logger,
                hook_time_limit=self._settings.hook_time_limit,
                change_file=file.change,
            )
        )

    async def _stop(self, tags: Sequence[str]) -> None:
        units = [self._units[tag] for tag in tags]
        for unit in units:
            unit.engine.kill()
        ends = await asyncio.gather(*(unit.engine.wait() for unit in units), return_exceptions=True)
        for tag, end in zip(tags, ends, strict=True):
            del self._units[tag]
            if isinstance(end, Exception):
                _logger.error("%s ended with an error: %s", tag, end)


def _lock_directory(settings: AgentSettings) -> pathlib.Path:
    if settings.lock_dir is not None:
        _logger.info("hooks exclude each other by a lock in %s, as told", settings.lock_dir)
        return settings.lock_dir
    chosen = machine_lock.choose_directory(is_root=os.geteuid() == 0, own_dir=settings.data_dir / "lock")
    _logger.info("%s", chosen.reason)
    return chosen.path


_Signature = tuple[int, int, int]


@dataclasses.dataclass(slots=True)
class _File:
    """A unit's ``agent.conf``, and how it was when this agent last read or wrote it."""

    path: pathlib.Path
    signature: _Signature | None

    def change(self, change: agent.Change) -> None:
        """Change the file, which is not news then; raises as ``Agent.change_config``."""
        if _signature(self.path) != self.signature:
            raise errors.ConfigError(f"{self.path} was changed by somebody else meanwhile")
        agent_conf.write(self.path, change(agent_conf.read(self.path)))
        self.signature = _signature(self.path)


@dataclasses.dataclass(frozen=True, slots=True)
class _Unit:
    file: _File
    engine: engine.Engine


@dataclasses.dataclass(frozen=True, slots=True)
class _Refusal:
    """A unit that is not served until its file changes."""

    signature: _Signature
    reason: str


def _conf_paths(data_dir: pathlib.Path) -> list[pathlib.Path]:
    return sorted(data_dir.glob(f"agents/unit-*/{agent_conf.FILE_NAME}"))


def _signature(path: pathlib.Path) -> _Signature | None:
    """Return what changes whenever a file is replaced or its mode is; None where it is gone."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_ctime_ns, facts.st_size


async def _serve(settings: AgentSettings, clock: time.InstantClock) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    units = Machine(settings, clock)
    asked = _let_ask(settings, units)
    machine = asyncio.ensure_future(units.run(stopping))
    _logger.info("agent ready, serving %s", settings.data_dir / "agents")
    await waiting.wait_any(stopping.wait(), asyncio.shield(machine))
    _logger.info("stopping")
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(machine), STOP_LIMIT.total_seconds())
    if asked is not None:
        await asked.close()
    if not machine.done():
        _logger.error("not everything ended within %d s; leaving it", STOP_LIMIT.total_seconds())
        return 1
    machine.result()
    _logger.info("stopped")
    return 0


def _let_ask(settings: AgentSettings, units: Machine) -> introspection.IntrospectionServer | None:
    """Let the agent be asked how it is; None where that cannot be, which stops no unit from being served."""
    address = introspection.Address.of(settings.data_dir)
    try:
        return introspection.IntrospectionServer.open(address, units.report)
    except OSError as error:
        hint = "; another agent may serve the same directory" if error.errno == errno.EADDRINUSE else ""
        _logger.warning(
            "'meterstatus agent status' cannot ask this agent: %s: %s%s", address, error.strerror, hint
        )
        return None


def main(arguments: Sequence[str], new_clock: Callable[[], time.InstantClock] = clocks.SystemClock) -> int:
    """Run the agent until SIGTERM or SIGINT; returns the exit status."""
    settings = _from_json(arguments[0])
    logs.to_stderr(settings.log_level, settings.log_format)
    try:
        return asyncio.run(_serve(settings, new_clock()))
    except (OSError, errors.MeterStatusError) as error:
        _logger.error("the agent cannot run: %s", error)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
