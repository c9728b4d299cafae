"""What one start attempt is handed: its inputs as they were when it was requested (spec worker, C.1)."""

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Any

from meterstatus import errors
from meterstatus.engine import interface
from meterstatus.ports import worker


@dataclasses.dataclass(frozen=True, slots=True)
class Running:
    """A worker that runs, and what it shows to others."""

    worker: worker.Worker
    output: interface.Output | None


class SnapshotContext:
    """``interface.Context`` on a snapshot of the inputs.

    Attributes:
        abort: set when the attempt is no longer wanted.
    """

    def __init__(self, name: str, inputs: Mapping[str, Running | None], abort: asyncio.Event) -> None:
        self.abort = abort
        self._name = name
        self._inputs = inputs
        self._is_expired = False

    def get(self, name: str) -> Any:
        """Return the input's output; see ``interface.Context``."""
        running = self._running(name)
        if running.output is None:
            raise errors.DependencyMissingError(f'"{name}" not exposed')
        return running.output(running.worker)

    def require(self, name: str) -> None:
        """Check that the input runs; see ``interface.Context``."""
        self._running(name)

    def expire(self) -> None:
        """Answer nothing from now on, so that whoever kept the context learns of it."""
        self._is_expired = True

    def _running(self, name: str) -> Running:
        if self._is_expired:
            raise errors.MeterStatusError(f'expired context of "{self._name}" was asked for "{name}"')
        if name not in self._inputs:
            raise errors.DependencyMissingError(f'"{name}" not declared')
        running = self._inputs[name]
        if running is None:
            raise errors.DependencyMissingError(f'"{name}" not running')
        return running
