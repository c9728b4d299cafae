"""The search: every world that can be reached, nearest first, each transition checked once.

A world is one number, made of those of its view and of its two files. What follows from a view is worked out
once (``environment``); for each world there is left to do only what its files are after it.
"""

import math
import time
from collections.abc import Iterator
from typing import NamedTuple

from tests.exhaustive import environment, futures, restarts
from tests.exhaustive.agent_model import Phase
from tests.exhaustive.worlds import DAMAGED, Next, Scope, View

_BITS = 20
_MASK = (1 << _BITS) - 1
_FIRST = 2
"""A file in a world's number is 0 where none counts, 1 where it is damaged, else this and its own number."""


class _Compiled(NamedTuple):
    """What follows from a view, ready to be applied to any files."""

    base: int
    """The view's part of the world that is reached."""

    files: int | None
    """The files' part, where it does not depend on what they were."""

    moves: tuple[int, int] | None
    """How they are moved in time; None where they are not."""

    saved: int
    """What is written over them; 0 is nothing."""

    event: str


class _Reached(NamedTuple):
    world: int
    event: str


class Search:
    """The search of one scope.

    Attributes:
        came_from: every world that was reached, and from which.
        transitions: counts those that were followed and checked.
        depth: how many events deep everything was visited.
        is_closed: tells whether there was nothing new beyond.
        cpu_seconds: what the search took of the processor.
    """

    def __init__(self, scope: Scope) -> None:
        self.environment = environment.Environment(scope)
        self.came_from: dict[int, int] = {}
        self.transitions = 0
        self.depth = 0
        self.is_closed = False
        self.cpu_seconds = 0.0
        self._scope = scope
        self._numbers: dict[View, int] = {}
        self._views: list[View] = []
        self._following: dict[int, list[_Compiled]] = {}
        self._ends: dict[int, list[tuple[int, str]]] = {}
        self._futures = futures.Futures(self.environment)
        self._held: list[int] = []
        self._restarts: dict[int, list[_Reached]] = {}
        self._moved: dict[tuple[tuple[int, int], int], int] = {}

    def run(self, most_transitions: float = math.inf) -> None:
        """Visit every world; or, once so many transitions were made, none beyond the layer begun."""
        begun = time.process_time()
        view, disk = self.environment.first()
        first = self._packed(view, disk, disk)
        self.came_from = {first: first}
        layer = [first]
        while layer and self.transitions < most_transitions:
            following: list[int] = []
            for world in layer:
                try:
                    self._visit(world, following)
                except AssertionError as error:
                    error.add_note(self.story(world))
                    raise
            layer = following
            self.depth += 1
        self.is_closed = not layer
        self.cpu_seconds = time.process_time() - begun

    def _visit(self, world: int, following: list[int]) -> None:
        came_from = self.came_from
        for reached in self._reached(world):
            self.transitions += 1
            if reached not in came_from:
                self._check_disk(reached)
                came_from[reached] = world
                following.append(reached)

    def _reached(self, world: int) -> Iterator[int]:
        """Give the worlds next to one, in the order of ``_events``."""
        view, disk, former = world >> 2 * _BITS, world >> _BITS & _MASK, world & _MASK
        for base, files, moves, saved, _ in self._compiled(view):
            if files is not None:
                yield base | files
            elif moves is None and not saved:
                yield base | disk << _BITS | former
            else:
                yield base | self._written(disk, former, moves, saved)
        for down, _ in self._ends[view]:
            for reached in self._restarted(down, disk, former):
                yield reached.world

    def _events(self, world: int) -> Iterator[str]:
        view, disk, former = world >> 2 * _BITS, world >> _BITS & _MASK, world & _MASK
        yield from (compiled.event for compiled in self._compiled(view))
        for down, event in self._ends[view]:
            yield from (f"{event}; {reached.event}" for reached in self._restarted(down, disk, former))

    def _written(self, disk: int, former: int, moves: tuple[int, int] | None, saved: int) -> int:
        """Move files in time and save: the version before is kept, unless what it would be is damaged."""
        if moves is not None:
            disk, former = self._moved_by(moves, disk), self._moved_by(moves, former)
        if saved:
            disk, former = saved, former if disk == _FIRST + DAMAGED else disk or saved
        return disk << _BITS | (former if self._scope.damages_files else 0)

    def _moved_by(self, moves: tuple[int, int], file: int) -> int:
        if file < _FIRST:
            return file
        key = moves, file
        moved = self._moved.get(key)
        if moved is None:
            moved = self.environment.agent.shifted(file - _FIRST, *moves) + _FIRST
            self._moved[key] = moved
        return moved

    def _compiled(self, number: int) -> list[_Compiled]:
        """Return what follows from a view, which is checked on the way."""
        known = self._following.get(number)
        if known is not None:
            return known
        view = self._views[number]
        compiled = [self._compile(reached) for reached in self.environment.following(view)]
        self._futures.check(view._replace(unsaved=False, owed=False))
        self._ends[number] = [(self._number(down), event) for event, down in self.environment.ends(view)]
        self._following[number] = compiled
        return compiled

    def _compile(self, reached: Next) -> _Compiled:
        base = self._number(reached.view) << 2 * _BITS
        moves = (reached.passed, reached.set_by) if reached.passed or reached.set_by else None
        saves = [number + _FIRST for number in reached.saves]
        files = None
        if reached.view.unsaved:
            files = 0  # nobody reads them until the disk works again
        elif saves and not self._scope.damages_files:
            files = saves[-1] << _BITS
        elif len(saves) > 1:
            files = saves[-1] << _BITS | saves[-2]
        return _Compiled(base, files, moves, saves[-1] if saves else 0, reached.event)

    def _restarted(self, down: int, disk: int, former: int) -> list[_Reached]:
        key = down << 2 * _BITS | disk << _BITS | former
        known = self._restarts.get(key)
        if known is None:
            found = restarts.restarts(self.environment, self._views[down], disk - _FIRST, former - _FIRST)
            known = [_Reached(self._packed(*reached[1:]), reached.event) for reached in found]
            self._restarts[key] = known
        return known

    def _packed(self, view: View, disk: int, former: int) -> int:
        kept = former + _FIRST if self._scope.damages_files else 0
        return self._number(view) << 2 * _BITS | disk + _FIRST << _BITS | kept

    def _number(self, view: View) -> int:
        known = self._numbers.get(view)
        if known is None:
            known = self._numbers[view] = len(self._views)
            self._views.append(view)
            is_written = view.phase is Phase.IDLE and not view.unsaved
            self._held.append(self.environment.agent.stored(view.memory) + _FIRST if is_written else 0)
        return known

    def _check_disk(self, world: int) -> None:
        """An agent that has nothing to do holds nothing to remember that its disk does not."""
        held, disk = self._held[world >> 2 * _BITS], world >> _BITS & _MASK
        assert not held or disk in (held, _FIRST + DAMAGED), "what is to be remembered is not on the disk"

    def story(self, world: int) -> str:
        """Tell how a world was reached, event by event."""
        lines: list[str] = []
        while self.came_from[world] != world:
            before = self.came_from[world]
            event = next(
                event
                for event, reached in zip(self._events(before), self._reached(before), strict=True)
                if reached == world
            )
            lines.append(f"{event}: {self._views[world >> 2 * _BITS]}")
            world = before
        memory = self.environment.agent.memory
        return "\n".join([*reversed(lines), f"with {memory(self._views[world >> 2 * _BITS].memory)}"])
