"""What the engine is given: manifolds, and what their start functions are handed (spec worker, C.1).

Workers know only this module of the engine; the errors by which they speak to it are
``errors.DependencyMissingError``, ``BounceError`` and ``UninstallError``, recognised anywhere in a
chain of causes.
"""

import dataclasses
import datetime
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from meterstatus.ports import time, worker


class Context(Protocol):
    """What one start attempt may use; it expires when ``start`` returns."""

    @property
    def abort(self) -> time.Interrupt:
        """Said once when this start is no longer wanted; ``start`` then ends soon, by any error."""
        ...

    def get(self, name: str) -> Any:
        """Return what an input's output makes of its running worker.

        Raises:
            DependencyMissingError: the name is not declared, its worker is not running, or it has no
                output. Whatever the input's output raises passes through.
            MeterStatusError: the context has expired.
        """
        ...

    def require(self, name: str) -> None:
        """Check that an input's worker is running, whether it has an output or not.

        Raises as ``get``, except that a missing output is no error.
        """
        ...


Start = Callable[[Context], Awaitable[worker.Worker]]
Filter = Callable[[BaseException | None], BaseException | None]
Output = Callable[[worker.Worker], Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Manifold:
    """How to make one worker, and what it needs."""

    inputs: tuple[str, ...]
    """The names it may use. A missing one does not prevent a start; a changed one causes a restart."""

    start: Start
    """Makes the worker. Must not keep the context, and must not return None."""

    filter: Filter | None = None
    """Translates what ``start`` raised or the worker ended with, None (a clean end) included."""

    output: Output | None = None
    """Makes of the running worker what dependents get."""

    max_delay: Callable[[], datetime.timedelta] | None = None
    """Says how long a start after a failure may be put off at most, before jitter; asked at each failure. The
    engine's own limit holds beside it."""

    urgent: time.Interrupt | None = None
    """Said while a start is wanted at once, without the rest of its delay."""
