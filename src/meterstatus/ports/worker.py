"""The life of anything that runs: asked to stop, and waited for."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable


class Worker(Protocol):
    """Something that runs until it is killed or fails (Juju's ``Worker``)."""

    def kill(self) -> None:
        """Ask it to stop; returns at once, any number of times."""
        ...

    async def wait(self) -> None:
        """Return once it has ended cleanly, or raise what it ended with.

        Any number of callers may wait; cancelling one neither stops the worker nor the others.
        """
        ...


@runtime_checkable
class Reporter(Protocol):
    """A worker that can say how it is (spec worker, C.6)."""

    def report(self) -> Mapping[str, object]:
        """Return plain values only: strings, numbers, booleans, lists and mappings of them."""
        ...
