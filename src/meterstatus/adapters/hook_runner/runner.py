"""``HookRunner`` on real charms: the lock, the script, its limits and what became of it (spec worker, A.13).

Never decides when a hook is due or whether to try again. Differs from the reference on purpose: it says
what became of the hook (B-06), ends one that hangs or is no longer wanted (B-19) or that an agent has left
which was killed, and loses none of its output (B-29). A hook that ends by itself may leave children running,
as daemons that it started.
"""

import asyncio
import contextlib
import dataclasses
import datetime
import json
import logging
import os
import pathlib
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping

from meterstatus import errors
from meterstatus.adapters.hook_runner import charm, under_way
from meterstatus.adapters.hook_runner import hook_tools as hook_tool_servers
from meterstatus.adapters.hook_runner import process as processes
from meterstatus.domain import agent_config, status
from meterstatus.domain.hook import hook_call, hook_environment, hook_output, hook_tools, lock_log, outcome
from meterstatus.ports import hooks, time
from meterstatus.runtime import regular_file, waiting

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
    note_dir: str | None = None
    """Where the hook under way is noted, for all that shares the lock; None is the data directory."""


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
        self._tool_logger = logging.getLogger(self._context.log_name)
        note_dir = pathlib.Path(config.note_dir or config.agent_config.data_dir)
        self._under_way = under_way.UnderWay(note_dir / under_way.FILE_NAME)

    async def run_hook(self, code: str, info: str, interrupt: time.Interrupt) -> outcome.HookOutcome:
        """Run the hook once and return what became of it; see ``ports.hooks.HookRunner``.

        Waits for the lock without a limit of its own. Cancelling ends a running hook as an interrupt
        does, and raises only when that is done and the lock is released; cancelling again hurries nothing.
        """
        told = hook_call.HookCall(status.MeterStatus(code, info))

        async def prepare() -> hook_call.HookCall:
            return told

        ended = await self.deliver(prepare, interrupt)
        assert ended is not None  # something was told
        return ended

    async def deliver(
        self,
        prepare: hooks.Prepare,
        interrupt: time.Interrupt,
        waits: Callable[[], Awaitable[None]] | None = None,
        ends: time.Interrupt | None = None,
    ) -> outcome.HookOutcome | None:
        """Take the lock, ask, and run the hook once; see ``ports.hooks.DeliveryRunner``, and ``run_hook``."""
        try:
            release = await self._acquire(interrupt, waits)
        except (OSError, errors.MeterStatusError) as error:
            return self._logged(charm.not_started(f"failed to acquire the machine lock: {error}"))
        try:
            if interrupt.is_set():
                return self._logged(charm.not_started("interrupted before it began"))
            leftover = await self._under_way.leftover(self._config.clock)
            if leftover is not None and not await waiting.to_the_end(self._end_leftover(leftover)):
                return self._logged(charm.not_started("the hook of an agent before this one cannot be ended"))
            told = await prepare()
            if told is None:
                return None
            if interrupt.is_set():
                return self._logged(charm.not_started("interrupted before it began"))
            return self._logged(await self._run(told, ends or interrupt), told.hook)
        finally:
            release()

    def awaited(self) -> str:
        """Say for what of the charm a hook has to wait; see ``ports.hooks.CharmLooker``."""
        return charm.awaited(pathlib.Path(self._context.charm_dir))

    def has_hook(self) -> bool:
        """Tell whether the charm has something to run; see ``ports.hooks.CharmLooker``."""
        chosen = charm.choose_handler(pathlib.Path(self._context.charm_dir), hook_call.HookKind.CHANGED)
        return isinstance(chosen, charm.Handler) or chosen.result is not outcome.HookResult.MISSING

    def lock_holder(self) -> str:
        """Say who holds the machine lock; see ``ports.hooks.LockLooker``."""
        lock = self._config.machine_lock
        return lock.lock_holder() if isinstance(lock, hooks.LockLooker) else ""

    async def _acquire(
        self, interrupt: time.Interrupt, waits: Callable[[], Awaitable[None]] | None
    ) -> Callable[[], None]:
        """Take the lock. The log shows the hook's usual name: which of the two it is, is not known yet."""
        acquiring = asyncio.ensure_future(
            self._config.machine_lock.acquire(
                worker=_WORKER, comment=hook_environment.HOOK_NAME, cancel=interrupt
            )
        )
        try:
            await asyncio.sleep(0)  # a free lock is taken without suspending
            if waits is not None and not acquiring.done():
                await waits()
            return await acquiring
        except BaseException:  # of ``waits`` too: the lock would else be held for ever
            acquiring.cancel()
            await asyncio.gather(acquiring, return_exceptions=True)
            if not acquiring.cancelled() and acquiring.exception() is None:
                acquiring.result()()
            raise

    async def _end_leftover(self, leftover: int) -> bool:
        """End the hook that an agent has left running which was killed; tell whether all of it is gone."""
        self._config.logger.warning("ending the hook of an agent before this one, process %d", leftover)
        return await under_way.end(leftover, self._config.terminate_grace, self._config.clock)

    def _note(self, context_id: str, pid: int = 0) -> None:
        try:
            self._under_way.note(context_id, pid)
        except OSError as error:
            self._config.logger.warning(
                "were this agent killed now, nobody would end the hook: %s cannot be written: %s",
                self._under_way.path,
                error.strerror,
            )

    async def _run(self, told: hook_call.HookCall, ends: time.Interrupt) -> outcome.HookOutcome:
        handler = charm.choose_handler(pathlib.Path(self._context.charm_dir), told.hook)
        if isinstance(handler, outcome.HookOutcome):
            return handler
        identity = hook_environment.context_id(self._config.tag, secrets.token_hex(16))
        logged = hook_output.LogTail()
        tools = self._open_tools(identity, logged)
        try:
            ended = await self._run_handler(handler, told, identity, ends)
        finally:
            if tools is not None:
                await waiting.to_the_end(tools.close())
        return dataclasses.replace(ended, log_lines=logged.lines)

    def _open_tools(
        self, identity: str, logged: hook_output.LogTail
    ) -> hook_tool_servers.HookToolServer | None:
        """Have the hook's tools at hand; None where they cannot be.

        The hook runs all the same: that it is told is what matters, and most hooks need no tool. One that
        does is told by the tool, or by its shell, what is wrong, and its exit status says so in turn.
        """

        def log(record: hook_tools.Record) -> None:
            logged.add(record.text)
            self._tool_logger.log(record.level, "%s", record.text)

        try:
            hook_tool_servers.write_tools(
                pathlib.Path(self._context.tools_dir), os.path.realpath(sys.executable)
            )
            return hook_tool_servers.HookToolServer(
                pathlib.Path(self._context.socket_path), identity, log, self._config.clock
            )
        except OSError as error:
            self._config.logger.warning("the hook goes without its tools: %s", error)
            return None

    async def _run_handler(
        self, handler: charm.Handler, told: hook_call.HookCall, identity: str, ends: time.Interrupt
    ) -> outcome.HookOutcome:
        charm_dir = pathlib.Path(self._context.charm_dir)
        variables = self._context.variables(told, identity, has_document=self._write_document(told))
        tail = hook_output.Tail()

        def sink(level: int) -> processes.stream.Sink:
            return lambda lines: self._take_output(lines, level, tail)

        self._note(identity)
        try:
            process = processes.HookProcess.start(
                handler.path,
                charm_dir,
                hook_environment.encode(variables),
                (sink(logging.DEBUG), sink(logging.WARNING)),
                self._config.clock,
            )
        except OSError as error:
            return charm.not_started(charm.why_not_started(handler.path, error))
        self._note(identity, process.pid)
        try:
            cut = await self._wait(process, ends)
            await process.drain(self._config.output_grace)
        finally:
            process.close()
            if process.exited.done():
                with contextlib.suppress(OSError):  # the next finds nobody of that number and id
                    self._under_way.clear()
        ended = process.exited.result() if process.exited.done() else processes.Exit()
        return self._outcome(handler, ended, cut, tail.text)

    def _take_output(self, lines: list[str], level: int, tail: hook_output.Tail) -> None:
        tail.add(lines)
        if self._unit_logger.isEnabledFor(level):
            for line in lines:
                self._unit_logger.log(level, "%s", line)

    async def _wait(self, process: processes.HookProcess, ends: time.Interrupt) -> outcome.HookResult | None:
        """Wait for the hook's end, and bring it about where it must; tell why, None for of itself."""
        timer = self._config.clock.after(self._config.time_limit)
        try:
            await waiting.wait_any(asyncio.shield(process.exited), ends.wait(), timer)
        except asyncio.CancelledError:
            await self._end(process)
            raise
        finally:
            timer.cancel()
        if process.exited.done():
            return None
        await self._end(process)
        return outcome.HookResult.TERMINATED if ends.is_set() else outcome.HookResult.TIMED_OUT

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

    def _write_document(self, told: hook_call.HookCall) -> bool:
        """Write the JSON file; tell whether it is there.

        Not synced: what a power cut takes is written anew with the next attempt, before the hook.
        """
        path = pathlib.Path(self._context.document_path)
        content = json.dumps(hook_call.document(told, self._config.agent_config.unit_name), indent=2) + "\n"
        temporary = path.with_name(f"{path.name}.new")
        try:
            temporary.unlink(missing_ok=True)
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(content)
            temporary.replace(path)
        except OSError as error:
            self._config.logger.warning("the hook goes without %s: %s", path, error.strerror)
            return False
        return True

    def _logged(
        self, ended: outcome.HookOutcome, hook: hook_call.HookKind = hook_call.HookKind.CHANGED
    ) -> outcome.HookOutcome:
        level = _LEVELS.get(ended.result, logging.ERROR)
        name = hook.value
        self._config.logger.log(level, "%s hook %s: %s", name, ended.result.value, ended.detail)
        return ended


def _with(tail: str, what: str) -> str:
    return f"{what}: {tail}" if tail else what


def _text_of(path: pathlib.Path) -> str:
    try:
        return regular_file.read(path, is_named=True).decode(errors="replace")
    except OSError:
        return ""
