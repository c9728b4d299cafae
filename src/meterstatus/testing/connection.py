"""An RPC connection and a dialer in memory, for tests of what uses them.

The connection answers from a table, and has watchers of its own with the rules of the NotifyWatcher facade
(spec juju-api, 5.2). What is not in the table is not implemented, as with a server that lacks it.
"""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from meterstatus import errors
from meterstatus.ports import connection

Answer = Mapping[str, Any] | errors.MeterStatusError | Callable[[Any], Awaitable[Any]]
"""A response, an error to raise, or a coroutine function that is given the params as plain JSON."""


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One call made."""

    facade: str
    version: int
    request: str
    params: Any
    """As plain JSON."""

    object_id: str = ""


class _Watcher:
    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.stopped = asyncio.Event()


class FakeAPIConnection:
    """``APIConnection`` in memory.

    Attributes:
        calls: every call, in order.
        answers: by ``Facade.Method``; may be changed at any time.
    """

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self.answers = dict(answers or {})
        self.calls: list[Call] = []
        self._watchers: dict[str, _Watcher] = {}
        self._closed = asyncio.Event()

    def add_watcher(self, watcher_id: str) -> None:
        """Have a watcher under an id, which a Watch method in the table hands out."""
        self._watchers[watcher_id] = _Watcher()

    def fire(self, watcher_id: str) -> None:
        """Release the watcher's Next, this one or the one to come."""
        self._watchers[watcher_id].changed.set()

    def requests(self) -> list[str]:
        """Return what was called, as ``Facade.Method``."""
        return [f"{call.facade}.{call.request}" for call in self.calls]

    async def call(
        self,
        facade: str,
        version: int,
        request: str,
        params: Any = None,
        *,
        object_id: str = "",
        timeout_seconds: float | None = 30.0,
    ) -> Any:
        """Answer from the table; see ``ports.connection.APIConnection``."""
        if self._closed.is_set():
            raise errors.ConnectionLostError
        plain: Any = msgspec.json.decode(msgspec.json.encode({} if params is None else params))
        self.calls.append(Call(facade, version, request, plain, object_id))
        answering = asyncio.ensure_future(self._answer(f"{facade}.{request}", plain, object_id))
        closing = asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait(
                {answering, closing}, timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if answering.done():
                return answering.result()
            if closing.done():
                raise errors.ConnectionLostError
            raise errors.RequestTimeoutError(f"{facade}.{request} was not answered")
        finally:
            answering.cancel()
            closing.cancel()

    async def _answer(self, name: str, params: Any, object_id: str) -> Any:
        answer = self.answers.get(name)
        if answer is None:
            return await self._watcher_answer(name, object_id)
        if isinstance(answer, errors.MeterStatusError):
            raise answer
        return await answer(params) if callable(answer) else answer

    async def _watcher_answer(self, name: str, object_id: str) -> Any:
        if name not in ("NotifyWatcher.Next", "NotifyWatcher.Stop"):
            raise errors.UnsupportedError(f"{name} is not implemented")
        watcher = self._watchers.get(object_id)
        if watcher is None:
            raise errors.RequestError("unknown watcher id", "not found")
        if name == "NotifyWatcher.Stop":
            del self._watchers[object_id]
            watcher.stopped.set()
            watcher.changed.set()
            return {}
        await watcher.changed.wait()
        if watcher.stopped.is_set():
            raise errors.RequestError("watcher has been stopped", "stopped")
        watcher.changed.clear()
        return {}

    async def wait_closed(self) -> None:
        """Return once ``close`` was called."""
        await self._closed.wait()

    async def close(self) -> None:
        """End the connection, as either side would; calls outstanding fail."""
        self.end()

    def end(self) -> None:
        """End it at once."""
        self._closed.set()


class FakeDialer:
    """``Dialer`` that gives what it is told, in order, and the last for ever.

    Attributes:
        dialled: every endpoint, in order.
    """

    def __init__(self, *outcomes: connection.APIConnection | errors.ConnectFailedError) -> None:
        self._outcomes = list(outcomes)
        self.dialled: list[connection.Endpoint] = []

    async def dial(self, endpoint: connection.Endpoint) -> connection.APIConnection:
        """Return the next connection, or raise the next error."""
        self.dialled.append(endpoint)
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if isinstance(outcome, errors.ConnectFailedError):
            raise outcome
        return outcome
