"""Watchers of units, in memory, and who waits for them (spec juju-api, 4.4 and 5.2).

An event says at most what holds when it is taken, so that a slow reader has one waiting and gets the latest.
"""

import asyncio
import collections
import itertools
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, TypeVar

from meterstatus.controller import refusals, slices
from meterstatus.protocol.facades import notify_watcher

Event = notify_watcher.NextResult
_NOTHING_TO_SAY = Event()


class _Wait(NamedTuple):
    answer: asyncio.Future[Event]
    tells: bool


class Watcher:
    """One watcher of a connection. Its first event is the answer to the call that made it.

    Args:
        describe: says what holds at the moment an event is taken; must not raise.
        forget: called once, when it is stopped.
    """

    __slots__ = ("_describe", "_forget", "_pending", "_stopped", "_waiting")

    def __init__(
        self,
        describe: Callable[[], Event] = lambda: _NOTHING_TO_SAY,
        forget: Callable[["Watcher"], None] | None = None,
    ) -> None:
        self._describe = describe
        self._forget = forget
        self._pending = False
        self._stopped = False
        self._waiting: collections.deque[_Wait] = collections.deque()

    def notify(self) -> None:
        """Tell of a change: answer the oldest wait, or keep one event for the next."""
        while self._waiting:
            wait = self._waiting.popleft()
            if not wait.answer.done():
                wait.answer.set_result(self._event(wait.tells))
                return
        self._pending = True

    def _event(self, tells: bool) -> Event:
        return self._describe() if tells else _NOTHING_TO_SAY

    def next(self, *, tells: bool = False) -> "Event | asyncio.Future[Event]":
        """Take the event that is there, or return a future of the next one.

        It says what holds when it is taken if it ``tells``, and nothing otherwise. The future raises
        ``refusals.stopped`` when the watcher is stopped meanwhile.
        """
        if self._pending:
            self._pending = False
            return self._event(tells)
        answer: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Wait(answer, tells))
        return answer

    def stop(self) -> None:
        """End it, and fail whoever waits; any number of times."""
        if self._stopped:
            return
        self._stopped = True
        if self._forget is not None:
            self._forget(self)
        for wait in self._waiting:
            if not wait.answer.done():
                wait.answer.set_exception(refusals.stopped())
        self._waiting.clear()


class Watchers:
    """All watchers, by unit, in the order they began, which is that in which they are told."""

    def __init__(self) -> None:
        self._by_unit: dict[str, dict[Watcher, None]] = {}
        self._to_notify: dict[str, None] = {}

    def watch(self, unit: str, describe: Callable[[], Event] = lambda: _NOTHING_TO_SAY) -> Watcher:
        """Start a watcher of a unit."""
        watcher = Watcher(describe, lambda stopped: self._forget(unit, stopped))
        self._by_unit.setdefault(unit, {})[watcher] = None
        return watcher

    def _forget(self, unit: str, watcher: Watcher) -> None:
        watching = self._by_unit[unit]
        watching.pop(watcher, None)
        if not watching:
            del self._by_unit[unit]

    def notify(self, units: Iterable[str]) -> None:
        """Tell every watcher of these units of a change; of many the first ones now, others in later turns.

        Each is answered in the turn after it was told, and ten thousand answers are not for one turn.
        """
        is_idle = not self._to_notify
        self._to_notify.update(dict.fromkeys(unit for unit in units if unit in self._by_unit))
        if is_idle:
            self._notify_some()

    def _notify_some(self) -> None:
        for unit in list(itertools.islice(self._to_notify, slices.SIZE)):
            del self._to_notify[unit]
            for watcher in self._by_unit.get(unit, ()):
                watcher.notify()
        if self._to_notify:
            asyncio.get_running_loop().call_soon(self._notify_some)

    def notify_all(self) -> None:
        """Tell every watcher of a change."""
        self.notify(self._by_unit)

    def __len__(self) -> int:
        return sum(map(len, self._by_unit.values()))


class Stoppable(Protocol):
    """A watcher of any kind."""

    def stop(self) -> None:
        """End it; any number of times."""
        ...


_S = TypeVar("_S", bound=Stoppable)


class ConnectionWatchers:
    """The watchers of one connection, of every kind, by id: "1", "2" and so on, never used again (5.1)."""

    __slots__ = ("_by_id", "_limit", "_made")

    def __init__(self, limit: int) -> None:
        self._by_id: dict[str, Stoppable] = {}
        self._limit = limit
        self._made = 0

    def add(self, make: Callable[[], Stoppable]) -> str:
        """Make a watcher and return its id.

        Raises:
            Refusal: the connection has as many as it may; none is made.
        """
        if len(self._by_id) >= self._limit:
            raise refusals.too_many("watchers")
        self._made += 1
        watcher_id = str(self._made)
        self._by_id[watcher_id] = make()
        return watcher_id

    def get(self, watcher_id: str, kind: type[_S]) -> _S:
        """Return a watcher.

        Raises:
            Refusal: there is none of that id, not any more, or it is of another kind.
        """
        watcher = self._by_id.get(watcher_id)
        if not isinstance(watcher, kind):
            raise refusals.unknown_watcher()
        return watcher

    def stop(self, watcher_id: str, kind: type[Stoppable]) -> None:
        """Stop a watcher and forget its id. Raises as ``get``."""
        self.get(watcher_id, kind).stop()
        del self._by_id[watcher_id]

    def stop_all(self) -> None:
        """Stop every watcher and forget the ids."""
        for watcher in self._by_id.values():
            watcher.stop()
        self._by_id.clear()
