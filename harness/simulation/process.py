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
        is_held: whether it is frozen or suspended.
        suspended: virtual seconds for which its loop's timers stood still.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_dead = False
        self.suspended = 0.0
        self.is_held = False
        self._held: list[virtual_time.Call] = []
        self._tasks: list[asyncio.Task[Any]] = []
        self._most_tasks = _ROUNDS
        self.context = contextvars.copy_context()
        self.context.run(_current.set, self)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something as a part of it."""
        return asyncio.get_running_loop().create_task(work, context=self.context)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Count a task as its own."""
        self._tasks.append(task)
        if len(self._tasks) > self._most_tasks:
            self._tasks = [task for task in self._tasks if not task.done()]
            self._most_tasks = 2 * len(self._tasks) + _ROUNDS

    def receive(self, arrive: Callable[[float], None], at: float) -> None:
        """Take what arrives from outside: at once, or once it runs again.

        Args:
            arrive: takes it; called with ``at``.
            at: when it arrived.
        """
        if self.is_held:
            asyncio.get_running_loop().call_soon(arrive, at, context=self.context)
        else:
            self.context.run(arrive, at)

    def keep(self, call: virtual_time.Call) -> None:
        """Hold a call back until it runs again."""
        self._held.append(call)

    def hold(self) -> None:
        """Freeze it."""
        self.is_held = True
        _loop().note(self, may_put_off=True)

    def release(self) -> None:
        """Let it run again, first what was held back."""
        self.is_held = False
        held, self._held = self._held, []
        loop = _loop()
        # Whose timers stood still has them put off one by one, as each falls due.
        loop.note(self, may_put_off=self.suspended > 0 and not self.is_dead)
        for call in held:
            loop.owe(call)

    async def kill(self) -> None:
        """End it with no effect from now on, then clear its tasks away."""
        self.is_dead = True
        self.release()
        for _ in range(_ROUNDS):
            living = [task for task in self._tasks if not task.done()]
            if not living:
                self._mourn()
                return
            for task in living:
                task.cancel()
            await virtual_time.settle()
        raise AssertionError(f"{self.name} has tasks that cannot be ended: {list(self._tasks)}")

    def _mourn(self) -> None:
        """Read what its tasks failed with, which nobody does who is dead: it would be told as a defect."""
        for task in self._tasks:
            if not task.cancelled():
                task.exception()


_current: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)


def current() -> Process | None:
    """Return the process whose code is running; None for the simulation's own."""
    return _current.get()


def _loop() -> "SimulationLoop":
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimulationLoop)
    return loop


class SimulationLoop(virtual_time.VirtualLoop):
    """The loop that all processes share. A call belongs to the process in whose context it is made."""

    def __init__(self) -> None:
        super().__init__()
        self._putting_off: set[Process] = set()

    def note(self, process: Process, *, may_put_off: bool) -> None:
        """Take note of whether any call of a process may have to be put off."""
        if may_put_off:
            self._putting_off.add(process)
        else:
            self._putting_off.discard(process)
        self.may_put_off = bool(self._putting_off)

    def time_stands(self, call: virtual_time.TimedCall) -> None:
        """Take note of how long its process was suspended: only what comes after puts the call off."""
        process = call.context.get(_current)
        call.stood_still = 0.0 if process is None else process.suspended

    def puts_off(self, call: virtual_time.Call) -> bool:
        """Hold a call back, or put it off by the time for which its process did not run; tell whether so."""
        process = call.context.get(_current)
        if process is None:
            return False
        if process.is_held:
            process.keep(call)
            return True
        if isinstance(call, virtual_time.TimedCall) and process.suspended > call.stood_still:
            call.due += process.suspended - call.stood_still
            call.stood_still = process.suspended
            self.arm(call, call.due)
            return True
        return False

    def create_task(self, coro: Any, *, name: str | None = None, context: Any = None) -> asyncio.Task[Any]:
        """Make a task, which belongs to the process in whose context it runs."""
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name, context=context)
        process = _current.get() if context is None else context.get(_current)
        if process is not None:
            process.adopt(task)
        return task
