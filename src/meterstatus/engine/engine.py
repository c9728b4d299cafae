"""Runs workers that depend on each other (spec worker, C.3 to C.6).

One task owns the graph: it takes what happened from a queue, has ``engine.graph`` decide, and carries out the
effects. Each start attempt has a task of its own, from its delay to the end of its worker, and only ever
puts something in that queue. Anything that is called from here may raise; that is an ordinary failure of
the manifold whose it is, never of the engine.
"""

import asyncio
import dataclasses
import datetime
from collections.abc import Mapping
from typing import Self, assert_never, cast

from meterstatus import errors
from meterstatus.domain import backoff
from meterstatus.engine import context, graph, interface, report
from meterstatus.engine.configuration import EngineConfig  # a name: whoever starts an engine needs both
from meterstatus.ports import worker as workers
from meterstatus.runtime import waiting

__all__ = ["Engine", "EngineConfig"]


@dataclasses.dataclass(slots=True)
class _Attempt:
    """One start attempt under way."""

    task: asyncio.Task[None]
    abort: asyncio.Event
    worker: workers.Worker | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class _Install:
    """A wish to install, and where to put the answer."""

    name: str
    inputs: tuple[str, ...]
    manifold: interface.Manifold
    answer: asyncio.Future[None]


@dataclasses.dataclass(frozen=True, slots=True)
class _Reported:
    """An attempt made a worker."""

    name: str
    running: context.Running


@dataclasses.dataclass(frozen=True, slots=True)
class _Ended:
    """An attempt is over."""

    name: str
    error: BaseException | None


class Engine:
    """A worker that runs the workers of its manifolds."""

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._growth = backoff.Growth(config.backoff_factor, config.max_delay)
        self._graph = graph.Graph(config.backoff_reset_time)
        self._manifolds: dict[str, interface.Manifold] = {}
        self._attempts: dict[str, _Attempt] = {}
        self._inbox: asyncio.Queue[_Install | _Reported | _Ended | graph.Killed] = asyncio.Queue()
        self._worst: BaseException | None = None
        self._internal: BaseException | None = None
        self._is_killed = False
        self._main = asyncio.create_task(self._run(), name="engine")

    @classmethod
    def start(cls, config: EngineConfig) -> Self:
        """Start an engine without manifolds on the running loop.

        Raises:
            NotValidError: the configuration's own error with "invalid config: " before it.
        """
        try:
            config.validate()
        except errors.NotValidError as error:
            raise errors.NotValidError(f"invalid config: {error.subject}") from error
        return cls(config)

    async def install(self, name: str, manifold: interface.Manifold) -> None:
        """Add a manifold under a name; its first start is attempted at once.

        Raises:
            InstallError: the name is taken, or an input leads back to it.
            ShuttingDownError: the engine is ending or has ended.

        Cancelling forgets the answer; the manifold may still be installed.
        """
        if self._is_killed or self._main.done():
            raise graph.ShuttingDownError
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Here, where what is not a sequence is its caller's fault, and not the engine's end.
        inputs = tuple(manifold.inputs)
        self._inbox.put_nowait(_Install(name, inputs, manifold, answer))
        await answer

    def kill(self) -> None:
        """Stop every worker at once; the engine ends when none is left."""
        if not self._is_killed:
            self._is_killed = True
            self._inbox.put_nowait(graph.Killed())

    async def wait(self) -> None:
        """Return when the engine was killed and has ended, or raise why it ended.

        Raises what ``is_fatal`` or ``worst_error`` raised, if one of them did; else the worst fatal error
        as the engine's filter leaves it. Any number of callers may wait; cancelling one stops nothing.
        """
        await asyncio.shield(self._main)

    def report(self) -> Mapping[str, object]:
        """Return the state of the engine and of every manifold, also while ending and afterwards.

        The keys are those of ``engine.report``.
        """
        return report.engine_report(
            self._graph,
            self._internal or self._worst,
            is_ending=self._is_killed,
            has_ended=self._main.done(),
        )

    async def _run(self) -> None:
        try:
            while not self._graph.is_over:
                self._take(await self._inbox.get())
        finally:
            # Attempts are left only by a defect here, or when the program closes its loop.
            for name, attempt in self._attempts.items():
                self._stop(name)
                if attempt.worker is None:
                    attempt.task.cancel()
            await asyncio.gather(*(one.task for one in self._attempts.values()), return_exceptions=True)
            self._refuse_the_rest()
        if self._internal is not None:
            raise self._internal
        error = self._worst if self._config.filter is None else self._config.filter(self._worst)
        if error is not None:
            raise error

    def _take(self, message: _Install | _Reported | _Ended | graph.Killed) -> None:
        match message:
            case _Install():
                self._got_install(message)
            case _Reported():
                self._decide(graph.Started(message.name, message.running, self._config.clock.now()))
            case _Ended():
                self._got_ended(message)
            case graph.Killed():
                self._decide(message)
            case _:
                assert_never(message)

    def _got_install(self, wish: _Install) -> None:
        try:
            decided = graph.decide(self._graph, graph.Installed(wish.name, wish.inputs))
        except graph.InstallError as error:
            _answer(wish.answer, error)
            return
        self._manifolds[wish.name] = wish.manifold
        self._apply(*decided)
        _answer(wish.answer, None)

    def _got_ended(self, end: _Ended) -> None:
        del self._attempts[end.name]
        filtered = self._filtered(end)
        now = self._config.clock.now()
        self._decide(graph.Stopped(end.name, end.error, filtered, self._is_fatal(filtered), now))

    def _filtered(self, end: _Ended) -> BaseException | None:
        translate = self._manifolds[end.name].filter
        if translate is None or isinstance(end.error, graph.AbortedError):
            return end.error
        try:
            return translate(end.error)
        except Exception as error:  # noqa: BLE001 - a filter that fails is its manifold's failure
            return error

    def _is_fatal(self, error: BaseException | None) -> bool:
        if error is None or isinstance(error, graph.AbortedError):
            return False
        try:
            return self._config.is_fatal(error)
        except Exception as failure:  # noqa: BLE001 - wait() raises it
            self._internal = self._internal or failure
            return True

    def _remember(self, error: BaseException) -> None:
        if self._worst is None:
            self._worst = error
            return
        try:
            self._worst = self._config.worst_error(error, self._worst)
        except Exception as failure:  # noqa: BLE001 - wait() raises it
            self._internal = self._internal or failure

    def _decide(self, event: graph.Event) -> None:
        self._apply(*graph.decide(self._graph, event))

    def _apply(self, after: graph.Graph, effects: tuple[graph.Effect, ...]) -> None:
        self._graph = after
        for effect in effects:
            self._carry_out(effect)

    def _carry_out(self, effect: graph.Effect) -> None:
        match effect:
            case graph.StartAfter():
                abort = asyncio.Event()
                task = asyncio.create_task(self._attempt(effect, abort), name=f"start {effect.name}")
                self._attempts[effect.name] = _Attempt(task, abort)
            case graph.Stop():
                self._stop(effect.name)
            case graph.Forget():
                del self._manifolds[effect.name]
            case graph.Fail():
                self._remember(effect.error)
            case graph.Log():
                self._log(effect)
            case _:
                assert_never(effect)

    def _log(self, line: graph.Log) -> None:
        if line.error is None:
            self._config.logger.log(line.level, '"%s" manifold worker stopped', line.name)
            return
        if line.level > graph.Level.DEBUG and self._config.is_said(line.error):
            return
        # An error that nobody foresaw is a defect, and whoever mends it needs to know where it was raised.
        is_foreseen = isinstance(line.error, errors.MeterStatusError | OSError)
        self._config.logger.log(
            line.level,
            '"%s" manifold worker stopped: %s',
            line.name,
            line.error,
            exc_info=None if is_foreseen or line.level < graph.Level.INFO else line.error,
        )

    def _stop(self, name: str) -> None:
        attempt = self._attempts[name]
        attempt.abort.set()
        if attempt.worker is None:
            return
        try:
            attempt.worker.kill()
        except Exception:  # it may still end by itself, and the others must be stopped in any case
            self._config.logger.exception('"%s" manifold worker cannot be killed', name)

    async def _attempt(self, start: graph.StartAfter, abort: asyncio.Event) -> None:
        error: BaseException | None = None
        try:
            await self._delay(start, abort)
            running = await self._start(start, abort)
            self._attempts[start.name].worker = running.worker
            self._inbox.put_nowait(_Reported(start.name, running))
            await running.worker.wait()
        except asyncio.CancelledError as cancelled:
            if waiting.is_cancelled():
                raise
            error = errors.MeterStatusError("the worker was cancelled")
            error.__cause__ = cancelled
        except Exception as failure:  # noqa: BLE001 - this is where every failure is taken
            error = failure
        self._inbox.put_nowait(_Ended(start.name, error))

    async def _delay(self, start: graph.StartAfter, abort: asyncio.Event) -> None:
        """Wait as long as a start has to; raises AbortedError when it is no longer wanted."""
        match start.pause:
            case graph.Pause.ERROR:
                base = self._config.error_delay
            case graph.Pause.BOUNCE:
                base = self._config.bounce_delay
            case graph.Pause.NONE:
                base = datetime.timedelta()
        low, high = self._config.jitter
        jitter = low + (high - low) * self._config.random()
        manifold = self._manifolds[start.name]
        delay = backoff.delay(base, start.recent_errors, self._growth, jitter)
        if delay and manifold.max_delay is not None:
            delay = min(delay, manifold.max_delay() * jitter)
        if delay:
            timer = self._config.clock.after(delay)
            hurries = () if manifold.urgent is None else (manifold.urgent.wait(),)
            try:
                await waiting.wait_any(abort.wait(), timer, *hurries)
            finally:
                timer.cancel()
        if abort.is_set():
            raise graph.AbortedError

    async def _start(self, start: graph.StartAfter, abort: asyncio.Event) -> context.Running:
        manifold = self._manifolds[start.name]
        inputs = cast("Mapping[str, context.Running | None]", dict(start.inputs))
        given = context.SnapshotContext(start.name, inputs, abort)
        try:
            made = await manifold.start(given)
        finally:
            given.expire()
        if made is None:  # pyright: ignore[reportUnnecessaryComparison] - not every start is typed
            raise errors.MeterStatusError("start returned no worker")
        return context.Running(made, manifold.output)

    def _refuse_the_rest(self) -> None:
        while not self._inbox.empty():
            message = self._inbox.get_nowait()
            if isinstance(message, _Install):
                _answer(message.answer, graph.ShuttingDownError())


def _answer(answer: asyncio.Future[None], error: BaseException | None) -> None:
    if answer.done():  # the asker has been cancelled
        return
    if error is None:
        answer.set_result(None)
    else:
        answer.set_exception(error)
