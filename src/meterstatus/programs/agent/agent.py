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
import logging
import os
import pathlib
import signal
import sys
from collections.abc import Callable, Sequence

from meterstatus import errors
from meterstatus.adapters import introspection, machine_lock, websocket_client
from meterstatus.adapters.files import agent_conf
from meterstatus.domain import agent_config
from meterstatus.domain import policy as policies
from meterstatus.engine import engine
from meterstatus.ports import time
from meterstatus.programs import logs, own_process
from meterstatus.programs.agent import (
    agent_file,
    agent_places,
    agent_report,
    agent_settings,
    unit_agent,
    unit_files,
)
from meterstatus.runtime import clock as clocks
from meterstatus.runtime import made_directory, waiting

LOOK_PERIOD = datetime.timedelta(seconds=2)
"""How often the agent looks for units added, changed and removed."""

STOP_LIMIT = datetime.timedelta(seconds=30)
"""For all units to stop after a signal: longer than a hook's grace between TERM and KILL."""

_logger = logging.getLogger("meterstatus.agent")


class Machine:
    """All units of this machine: finds them, runs an engine for each, and ends them together."""

    def __init__(self, settings: agent_settings.AgentSettings, clock: time.InstantClock) -> None:
        self._settings = settings
        self._clock = clock
        self._dialer = websocket_client.WebSocketDialer()
        self._lock_directory = agent_places.lock_directory(settings)
        self._juju = agent_places.JujuLook(settings)
        self._files = unit_files.UnitFiles(settings.data_dir)
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
        self._juju.look()
        found = self._files.look()
        changed = [tag for tag, unit in self._units.items() if unit.file.is_changed(found.get(tag))]
        for tag in changed:
            if tag in found:
                _logger.info("%s: its agent.conf was changed; its agent is started anew", tag)
            else:
                _logger.warning(
                    "%s: its agent.conf is gone, removed or renamed; its agent ends, and its hook is told"
                    " nothing any more",
                    tag,
                )
        await self._stop(changed)
        self._refused = {tag: one for tag, one in self._refused.items() if found.get(tag) == one.signature}
        for tag, signature in found.items():
            known = self._refused.get(tag)
            if tag not in self._units and (known is None or known.is_retried):
                await self._start(tag, signature)

    async def _start(self, tag: str, signature: agent_file.Signature) -> None:
        path = self._files.path_of(tag)
        file = agent_file.AgentFile.found(path, signature)
        try:
            settings = agent_conf.read(path)
            if settings.tag != tag:
                raise errors.ConfigError(f"{path} is the file of {settings.tag}, not of {tag}")
            agent_places.refuse_or_warn(agent_places.unit_faults(path.parent), self._settings)
            started = await self._start_engine(settings, file)
        except (OSError, errors.MeterStatusError) as error:
            # Neither is a matter of what the file says.
            is_retried = any(
                errors.chain_has(error, kind) for kind in (agent_places.WritableByOthersError, OSError)
            )
            refusal = _Refusal(signature, str(error), is_retried)
            if self._refused.get(tag) != refusal:
                _logger.error("%s is not served: %s", tag, error)
            self._refused[tag] = refusal
            return
        self._refused.pop(tag, None)
        self._units[tag] = _Unit(file, started)
        _logger.info("%s is served", tag)

    async def _start_engine(
        self, settings: agent_config.AgentConfig, file: agent_file.AgentFile
    ) -> engine.Engine:
        # The data directory is where the file was found, whatever it says: a copied tree stays whole.
        settings = dataclasses.replace(settings, data_dir=str(self._settings.data_dir))
        logger = logging.getLogger(f"meterstatus.{settings.tag}")
        with contextlib.suppress(OSError):  # the lock's log says it when it is needed, and hooks run without
            made_directory.make(pathlib.Path(settings.log_dir), 0o755)
        per_unit = self._settings.is_lock_per_unit
        lock = machine_lock.FlockMachineLock(
            agent_name=settings.tag,
            clock=self._clock,
            logger=logger,
            log_path=pathlib.Path(settings.log_dir) / "machine-lock.log",
            directory=self._lock_directory / settings.tag if per_unit else self._lock_directory,
        )
        return await unit_agent.start(
            unit_agent.UnitAgentConfig(
                settings=settings,
                policy=policies.amber_red(
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
                note_dir=settings.agent_dir if per_unit else settings.data_dir,
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


@dataclasses.dataclass(frozen=True, slots=True)
class _Unit:
    file: agent_file.AgentFile
    engine: engine.Engine


@dataclasses.dataclass(frozen=True, slots=True)
class _Refusal:
    """A unit that is not served until its file changes."""

    signature: agent_file.Signature
    reason: str
    is_retried: bool
    """Whether what was in the way is no matter of the file, and may go without a change of it."""


async def _serve(
    settings: agent_settings.AgentSettings, clock: time.InstantClock, *, outlives_terminal: bool
) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    # Heard and passed over where it is to be: ignored, it would be by every hook.
    loop.add_signal_handler(signal.SIGHUP, (lambda: None) if outlives_terminal else stopping.set)
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
        # What hangs, a write to a disk that is gone, would hold up the loop's own end as well.
        logs.leave(1)
    machine.result()
    _logger.info("stopped")
    return 0


def _let_ask(
    settings: agent_settings.AgentSettings, units: Machine
) -> introspection.IntrospectionServer | None:
    """Let the agent be asked how it is; None where that cannot be, which stops no unit from being served."""
    address = introspection.Address.of(settings.data_dir)
    try:
        return introspection.IntrospectionServer.open(address, units.report)
    except OSError as error:
        is_taken = error.errno == errno.EADDRINUSE
        hint = "; another process has taken that name: 'ss -xlp' shows it" if is_taken else ""
        _logger.warning(
            "'meterstatus agent status' cannot ask this agent: %s: %s%s", address, error.strerror, hint
        )
        return None


def main(arguments: Sequence[str], new_clock: Callable[[], time.InstantClock] = clocks.SystemClock) -> int:
    """Run the agent until SIGTERM, SIGINT or SIGHUP; returns the exit status.

    Started so that SIGHUP is ignored, as by ``nohup``, it passes it over.

    Args:
        arguments: as ``agent_settings.arguments`` writes them.
        new_clock: makes the agent's clock.
    """
    settings = agent_settings.from_arguments(arguments)
    outlives_terminal = own_process.reset_signals()
    own_process.tighten_umask()
    return own_process.as_init(lambda: _run(settings, new_clock, outlives_terminal=outlives_terminal))


def _run(
    settings: agent_settings.AgentSettings,
    new_clock: Callable[[], time.InstantClock],
    *,
    outlives_terminal: bool,
) -> int:
    logs.to_stderr(settings.log_level, settings.log_format)
    try:
        with agent_places.held(settings.data_dir):
            agent_places.check_readable(settings.data_dir)
            agent_places.check_data_dir(settings)
            return asyncio.run(_serve(settings, new_clock(), outlives_terminal=outlives_terminal))
    except (OSError, errors.MeterStatusError) as error:
        _logger.error("the agent cannot run: %s", error)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:]))
