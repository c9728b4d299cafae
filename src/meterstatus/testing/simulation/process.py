"""Processes inside one virtual loop: each can be frozen, suspended with its machine, or killed at any point.

A task belongs to the process whose context it runs in. What a frozen process would do is held back, and what
a killed one would still do has no effect, because everything around it asks ``is_dead`` first.
"""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any

from meterstatus.testing import virtual_time

_ROUNDS = 100


class Process:
    """One program that runs on a machine.

    Attributes:
        is_dead: whether it was killed; nothing it does has an effect any more.
        suspended: virtual seconds for which its loop's timers stood still.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_dead = False
        self.suspended = 0.0
        self._is_held = False
        self._held: list[Callable[[], None]] = []
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self.context = contextvars.copy_context()
        self.context.run(_current.set, self)

    @property
    def is_held(self) -> bool:
        """Tell whether it is frozen or suspended."""
        return self._is_held

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something as a part of it."""
        return asyncio.get_running_loop().create_task(work, context=self.context)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Count a task as its own."""
        self._tasks[task] = None
        task.add_done_callback(lambda ended: self._tasks.pop(ended, None), context=_NOBODY)

    def keep(self, step: Callable[[], None]) -> None:
        """Hold a step back until it runs again."""
        self._held.append(step)

    def hold(self) -> None:
        """Freeze it."""
        self._is_held = True

    def release(self) -> None:
        """Let it run again, first what was held back."""
        self._is_held = False
        held, self._held = self._held, []
        for step in held:
            asyncio.get_running_loop().call_soon(step, context=self.context)

    async def kill(self) -> None:
        """End it with no effect from now on, then clear its tasks away."""
        self.is_dead = True
        self.release()
        for _ in range(_ROUNDS):
            if not self._tasks:
                return
            for task in tuple(self._tasks):
                task.cancel()
            await virtual_time.settle()
        raise AssertionError(f"{self.name} has tasks that cannot be ended: {list(self._tasks)}")


_current: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)
_NOBODY = contextvars.Context()


def current() -> Process | None:
    """Return the process whose code is running; None for the simulation's own."""
    return _current.get()


def _owner(context: contextvars.Context | None) -> Process | None:
    return _current.get() if context is None else context.get(_current)


class SimulationLoop(virtual_time.VirtualLoop):
    """The loop that all processes share; what is for a thread is done at once."""

    def __init__(self) -> None:
        super().__init__()
        self.set_task_factory(_make_task)

    def call_soon(
        self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """Call in the next round, or when its process runs again."""
        process = _owner(context)
        if process is None or not process.is_held:
            return super().call_soon(callback, *args, context=context)
        handle = asyncio.Handle(callback, args, self, context)
        process.keep(lambda: None if handle.cancelled() else callback(*args))
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[..., Any],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call at a time, and later by as long as its process was suspended meanwhile."""
        process = _owner(context)
        if process is None:
            return super().call_at(when, callback, *args, context=context)
        mark = process.suspended

        def fire() -> None:
            nonlocal mark, when
            if original.cancelled():
                return
            if process.is_held:
                process.keep(fire)
            elif process.suspended > mark:
                behind, mark = process.suspended - mark, process.suspended
                when += behind
                virtual_time.VirtualLoop.call_at(self, when, fire, context=process.context)
            else:
                callback(*args)

        original = super().call_at(when, fire, context=context)
        return original

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Do it at once."""
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            done.set_exception(error)
        return done


def _make_task(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    process = _owner(options.get("context"))
    if process is not None:
        process.adopt(task)
    return task
