"""A piece of work that somebody waits for, until its transaction is over."""

import asyncio
import dataclasses
from typing import Any

from meterstatus.adapters.sql import engine

MOST_AT_ONCE = 500
"""Pieces in one commit."""


@dataclasses.dataclass(slots=True)
class Job:
    """Work, and what became of it; whoever runs it keeps that here, and then settles."""

    work: engine.Work[Any]
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Tell who waits, on the loop's thread; nothing where nobody does any more."""
        if self.done.done():
            return
        if self.error is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(self.error)
