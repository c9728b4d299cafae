"""``HookRunner`` on real charms: the lock, the script, its limits and what became of it (spec worker, A.13).

Never decides when a hook is due or whether to try again. Differs from the reference on purpose: it says
what became of the hook (B-06), ends one that hangs or is no longer wanted (B-19), and loses none of its
output (B-29). A hook that ends by itself may leave children running, as daemons that it started.
"""

import asyncio
import dataclasses
import datetime
import logging
import os
import pathlib
import secrets
import signal
from collections.abc import Mapping

from meterstatus import errors, waiting
from meterstatus.adapters.hook_runner import charm
from meterstatus.adapters.hook_runner import process as processes
from meterstatus.domain import agent_config, hook_environment, hook_output, lock_log, outcome
from meterstatus.ports import hooks, time

TIME_LIMIT = datetime.timedelta(minutes=10)
"""How long a hook may run unless told otherwise: longer than any upgrade, shorter than a shift."""

_WORKER = "meterstatus"
_LEVELS = {
    outcome.HookResult.RAN: logging.INFO,
    outcome.HookResult.MISSING: logging.INFO,
    outcome.HookResult.TERMINATED: logging.WARNING,
}
"""The levels of A.13; every other result is an ERROR."""


@dataclasses.dataclass(frozen=True, slots=True)
class HookRunnerConfig:
    """What a hook runner needs."""

    machine_lock: hooks.MachineLock
    agent_config: agent_config.AgentConfig
    tag: str
    """The unit's tag."""

    clock: time.Clock
    logger: logging.Logger
    """Learns of every outcome. The hook's own output goes to ``unit.<unit name>.meter-status-changed``."""

    time_limit: datetime.timedelta = TIME_LIMIT
    """How long a hook may run."""

    terminate_grace: datetime.timedelta = datetime.timedelta(seconds=10)
    """How long a hook that must end has from TERM to KILL."""

    output_grace: datetime.timedelta = datetime.timedelta(milliseconds=100)
    """How long a child left running may hold the output open."""

    environment: Mapping[str, str] = dataclasses.field(default_factory=lambda: os.environ)
    """The agent's own environment: PATH and proxies are taken from it."""

    os_release: str | pathlib.Path = "/etc/os-release"


class CharmHookRunner:
    """Runs one unit's hook from its charm directory.

    Raises:
        NotValidError: the tag is no unit's.
    """

    def __init__(self, config: HookRunnerConfig) -> None:
        self._config = config
        self._context = hook_environment.HookContext(
            dataclasses.replace(config.agent_config, tag=config.tag),
            inherited=config.environment,
            os_release=_text_of(pathlib.Path(config.os_release)),
        )
        self._unit_logger = logging.getLogger(self._context.logger_name)

    async def run_hook(self, code: str, info: str, interrupt: time.Interrupt) -> outcome.HookOutcome:
        """Run the hook once and return what became of it; see ``ports.hooks.HookRunner``.

        Waits for the lock without a limit of its own. Cancelling ends a running hook as an interrupt
        does, and raises only when that is done and the lock is released; cancelling again hurries nothing.
        """
        identity = hook_environment.context_id(self._config.tag, secrets.token_hex(16))
        variables = self._context.variables(code, info, identity)
        try:
            release = await self._config.machine_lock.acquire(
                worker=_WORKER, comment=hook_environment.HOOK_NAME, cancel=interrupt
            )
        except (OSError, errors.MeterStatusError) as error:
            return self._logged(charm.not_started(f"failed to acquire the machine lock: {error}"))
        try:
            return self._logged(await self._run(variables, interrupt))
        finally:
            release()

    async def _run(self, variables: Mapping[str, str], interrupt: time.Interrupt) -> outcome.HookOutcome:
        if interrupt.is_set():
            return charm.not_started("interrupted before it began")
        charm_dir = pathlib.Path(self._context.charm_dir)
        handler = charm.choose_handler(charm_dir)
        if isinstance(handler, outcome.HookOutcome):
            return handler
        tail = hook_output.Tail()

        def sink(level: int) -> processes.stream.Sink:
            return lambda lines: self._take_output(lines, level, tail)

        try:
            process = processes.HookProcess.start(
                handler.path,
                charm_dir,
                hook_environment.encode(variables),
                (sink(logging.DEBUG), sink(logging.WARNING)),
                self._config.clock,
            )
        except OSError as error:
            return charm.not_started(f"cannot start {handler.path}: {error.strerror or error}")
        try:
            cut = await self._wait(process, interrupt)
            await process.drain(self._config.output_grace)
        finally:
            process.close()
        ended = process.exited.result() if process.exited.done() else processes.Exit()
        return self._outcome(handler, ended, cut, tail.text)

    def _take_output(self, lines: list[str], level: int, tail: hook_output.Tail) -> None:
        tail.add(lines)
        if self._unit_logger.isEnabledFor(level):
            for line in lines:
                self._unit_logger.log(level, "%s", line)

    async def _wait(
        self, process: processes.HookProcess, interrupt: time.Interrupt
    ) -> outcome.HookResult | None:
        """Wait for the hook's end, and bring it about where it must; tell why, None for of itself."""
        timer = self._config.clock.after(self._config.time_limit)
        try:
            await waiting.wait_any(asyncio.shield(process.exited), interrupt.wait(), timer)
        except asyncio.CancelledError:
            await self._end(process)
            raise
        finally:
            timer.cancel()
        if process.exited.done():
            return None
        await self._end(process)
        return outcome.HookResult.TERMINATED if interrupt.is_set() else outcome.HookResult.TIMED_OUT

    async def _end(self, process: processes.HookProcess) -> None:
        if not await waiting.to_the_end(process.end(self._config.terminate_grace)):
            self._config.logger.error("processes of %s cannot be ended", self._context.logger_name)

    def _outcome(
        self, handler: charm.Handler, ended: processes.Exit, cut: outcome.HookResult | None, tail: str
    ) -> outcome.HookOutcome:
        if cut is outcome.HookResult.TIMED_OUT:
            limit = lock_log.duration_text(self._config.time_limit)
            return outcome.HookOutcome(cut, ended.status, _with(tail, f"did not end within {limit}, {ended}"))
        if cut is not None:
            return outcome.HookOutcome(cut, ended.status, _with(tail, f"interrupted, {ended}"))
        if ended.status == 0:
            return outcome.HookOutcome(outcome.HookResult.RAN, 0, handler.description)
        if ended.signal in (signal.SIGTERM, signal.SIGKILL):
            return outcome.HookOutcome(outcome.HookResult.TERMINATED, None, _with(tail, str(ended)))
        return outcome.HookOutcome(outcome.HookResult.FAILED, ended.status, _with(tail, str(ended)))

    def _logged(self, ended: outcome.HookOutcome) -> outcome.HookOutcome:
        level = _LEVELS.get(ended.result, logging.ERROR)
        name = hook_environment.HOOK_NAME
        self._config.logger.log(level, "%s hook %s: %s", name, ended.result.value, ended.detail)
        return ended


def _with(tail: str, what: str) -> str:
    return f"{what}: {tail}" if tail else what


def _text_of(path: pathlib.Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
