"""Watchers of a whole model, in memory: each knows what its reader has not heard (spec juju-api, 8.4).

Of an entity that changed many times a reader hears once, and how it is then. What waits is at most one mark
for each entity that is there or that the reader knows of, so a reader that never comes back costs no more.
"""

import asyncio
import collections
import itertools
from collections.abc import Awaitable, Callable, Collection, Sequence

from meterstatus.controller import refusals
from meterstatus.controller.fleet import deltas, model_view
from meterstatus.domain.fleet import records
from meterstatus.protocol.facades import all_watcher

Batch = all_watcher.Deltas

MAX_CHANGES = 200
"""Units in one batch after the first: some milliseconds' work."""


class ModelWatcher:
    """One watcher. Its first batch is the whole model, and waits for nothing; later ones are short.

    Args:
        view: the model.
        forget: called once, when it is stopped.
    """

    __slots__ = ("_applications", "_began", "_changed", "_forget", "_stopped", "_view", "_waiting")

    def __init__(
        self, view: model_view.ModelView, forget: Callable[["ModelWatcher"], None] | None = None
    ) -> None:
        self._view = view
        self._forget = forget
        self._began = False
        self._changed: dict[str, bool] = {}
        """Units that the reader must hear of, and whether it knows them."""

        self._applications: set[str] = set()
        """Those that the reader knows."""

        self._stopped = False
        self._waiting: collections.deque[asyncio.Future[Batch]] = collections.deque()

    def note(self, updates: Sequence[records.Update]) -> None:
        """Take note of changes, which are in the view already, and tell whoever waits."""
        if not self._began:
            return  # the first batch has them
        for update in updates:
            change = update.change
            if change.kind is records.ChangeKind.ADD:
                self._changed.setdefault(change.unit, False)
            elif change.kind is records.ChangeKind.SET:
                self._changed.setdefault(change.unit, True)
            elif change.kind is records.ChangeKind.REMOVE and not self._changed.setdefault(change.unit, True):
                # It came and went unheard of. Kept, such units would be without number.
                del self._changed[change.unit]
        self._tell()

    def note_reloaded(self, before: Collection[str], now: Collection[str]) -> None:
        """Take note that the whole model may be another one, with these units."""
        if self._began:
            for unit in dict.fromkeys((*before, *now)):
                self._changed.setdefault(unit, unit in before)
            self._tell()

    def note_changed(self, units: Collection[str]) -> None:
        """Take note that these units, which stay, are told something else, and tell whoever waits."""
        if self._began and units:
            for unit in units:
                self._changed.setdefault(unit, True)
            self._tell()

    def note_contact(self, unit: str) -> None:
        """Take note that a unit's agent came or went, and tell whoever waits."""
        if self._began and unit in self._view.units:
            self._changed.setdefault(unit, True)
            self._tell()

    def _tell(self) -> None:
        while self._waiting and self._changed:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(self._take())

    def _take(self) -> Batch:
        # What is left comes with the next, which then has no wait.
        changed = dict(itertools.islice(self._changed.items(), MAX_CHANGES))
        for unit in changed:
            del self._changed[unit]
        there = [unit for unit in changed if unit in self._view.units]
        gone = [unit for unit in changed if unit not in self._view.units]
        came, went = self._applications_among(list(changed))
        return Batch(
            (
                *(deltas.application(self._view, name) for name in came),
                *(deltas.unit(self._view, unit) for unit in there),
                *(deltas.unit(self._view, unit) for unit in gone),
                *(deltas.application(self._view, name) for name in went),
            )
        )

    def _applications_among(self, units: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return which of the applications of units the reader must learn of, and which it must forget."""
        candidates = deltas.applications_of(units)
        came = [
            name for name in candidates if self._view.has_application(name) and name not in self._applications
        ]
        went = [
            name for name in candidates if not self._view.has_application(name) and name in self._applications
        ]
        self._applications.update(came)
        self._applications.difference_update(went)
        return came, went

    def next(self) -> Batch | Awaitable[Batch]:
        """Take what there is to tell, or return what gives it.

        A future raises ``refusals.model_watcher_stopped`` when the watcher is stopped meanwhile.
        """
        if not self._began:
            self._began = True
            self._applications.update(filter(self._view.has_application, self._view.applications))
            return self._whole()
        if self._changed:
            return self._take()
        answer: asyncio.Future[Batch] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        return answer

    async def _whole(self) -> Batch:
        return Batch(await deltas.whole(self._view))

    def __len__(self) -> int:
        """Return how many units wait to be told of."""
        return len(self._changed)

    def stop(self) -> None:
        """End it, and fail whoever waits; any number of times."""
        if self._stopped:
            return
        self._stopped = True
        if self._forget is not None:
            self._forget(self)
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(refusals.model_watcher_stopped())
        self._waiting.clear()


class ModelWatchers:
    """All watchers of the model that has units."""

    def __init__(self) -> None:
        self._all: set[ModelWatcher] = set()

    def watch(self, view: model_view.ModelView) -> ModelWatcher:
        """Start a watcher."""
        watcher = ModelWatcher(view, self._all.discard)
        self._all.add(watcher)
        return watcher

    def note(self, updates: Sequence[records.Update]) -> None:
        """Tell every watcher of changes."""
        for watcher in self._all:
            watcher.note(updates)

    def note_reloaded(self, before: Collection[str], now: Collection[str]) -> None:
        """Tell every watcher that the whole model may be another one."""
        for watcher in self._all:
            watcher.note_reloaded(before, now)

    def note_changed(self, units: Collection[str]) -> None:
        """Tell every watcher that these units are told something else."""
        for watcher in self._all:
            watcher.note_changed(units)

    def note_contact(self, unit: str) -> None:
        """Tell every watcher that a unit's agent came or went."""
        for watcher in self._all:
            watcher.note_contact(unit)

    def __len__(self) -> int:
        return len(self._all)
