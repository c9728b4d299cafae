"""The database that controllers share, and each one's way to it: slow, cut, failing over, led back.

What is stored is ``MemoryDatabase``'s. Here a controller hears of another's changes as from a real database:
by looking now and then, and sooner where it is woken, which it may not be.
"""

import asyncio
import dataclasses
import datetime
import random as randoms
from typing import TypeVar

from harness import repository
from harness.simulation import process
from meterstatus import errors
from meterstatus.adapters.sql import engine, following
from meterstatus.adapters.sql import repository as repositories

LOOK_PERIOD = 5.0
"""Seconds between two looks at what others changed."""

PATIENCE = 15.0
"""The most seconds that a call waits for a database that is away."""

_T = TypeVar("_T")


class SharedDatabase:
    """What all controllers have in common.

    Attributes:
        held: what is stored now.
        troubles: how many troubles there are for which nobody reaches it.
        led_back: how often it was replaced by an older one.
    """

    def __init__(self, random: randoms.Random) -> None:
        self.held = repository.MemoryDatabase()
        self.troubles = 0
        self.led_back = 0
        self.random = random
        self._open: list[SharedEngine] = []

    def lead_back(self, to: repository.MemoryDatabase) -> None:
        """Hold something older from now on; who follows notices at its next look."""
        self.held = to
        self.led_back += 1

    def open(self, of: "SharedEngine") -> None:
        """Take note of a controller to wake."""
        self._open = [*(one for one in self._open if not one.is_over), of]

    def wake(self, by: "SharedEngine") -> None:
        """Wake the others; some of it is lost, and the rest may take a while."""
        for other in self._open:
            if other is not by and not other.is_over and self.random.random() < 0.7:
                delay = self.random.choice((0.002, 0.02, 3.0)) * self.random.random()
                asyncio.get_running_loop().call_later(delay, other.look, context=other.owner.context)


@dataclasses.dataclass(slots=True)
class Way:
    """A controller's way to the database; it outlives the process."""

    troubles: int = 0


class SharedEngine:
    """``Engine`` of one controller process.

    Attributes:
        owner: the process.
    """

    def __init__(self, on: SharedDatabase, way: Way, owner: process.Process, tail: following.Tail) -> None:
        self.owner = owner
        self._on, self._way, self._tail = on, way, tail
        self._is_closed = False
        self._led_back = 0
        self._confirmed_at = asyncio.get_running_loop().time()
        on.open(self)

    @property
    def is_over(self) -> bool:
        """Tell whether nobody is there any more."""
        return self._is_closed or self.owner.is_dead

    def _is_away(self) -> bool:
        return bool(self._on.troubles or self._way.troubles)

    # Following.

    async def follow(self, work: engine.Work[_T]) -> _T:
        """Run the work that begins to follow; every later change is told at some look."""
        await self._travel()
        begun = self._on.held.run(work)
        self._confirm()
        asyncio.get_running_loop().call_later(LOOK_PERIOD, self._look_on)
        return begun

    def _confirm(self) -> None:
        self._led_back = self._on.led_back
        self._confirmed_at = asyncio.get_running_loop().time()

    def _look_on(self) -> None:
        if not self.is_over:
            self.look()
            asyncio.get_running_loop().call_later(LOOK_PERIOD, self._look_on)

    def look(self) -> None:
        """Tell of what is new, if the database can be reached."""
        if self.is_over or self._is_away():
            return
        is_led_back = self._led_back != self._on.led_back
        self._confirm()
        held, tail = self._on.held, self._tail
        if is_led_back:
            tail.tell_reloaded(held.run(tail.begin_again))
        else:
            tail.publish(held.run(tail.read))

    async def catch_up(self) -> None:
        """Look now."""
        await self._travel()
        self.look()

    def unconfirmed_for(self) -> datetime.timedelta:
        """Return how long ago the last look was."""
        return datetime.timedelta(seconds=asyncio.get_running_loop().time() - self._confirmed_at)

    # Calls.

    async def _travel(self) -> None:
        await asyncio.sleep(self._on.random.uniform(0.001, 0.03))
        if self._is_away():
            await asyncio.sleep(self._on.random.uniform(0.1, PATIENCE))
        while self.owner.is_held:  # noqa: ASYNC110 - nobody tells when it is released
            await asyncio.sleep(1)
        if self._is_away() or self.is_over:
            raise errors.StoreUnavailableError("the database cannot be reached")

    async def read(self, work: engine.Work[_T]) -> _T:
        """Run work that only reads."""
        await self._travel()
        found = self._on.held.run(work)
        await self._travel()
        return found

    async def write(self, work: engine.Work[_T]) -> _T:
        """Run work that may change something."""
        await self._travel()
        made = self._on.held.run(work)
        self._on.wake(self)
        try:
            await self._travel()
        except errors.StoreUnavailableError as error:
            raise errors.OutcomeUnknownError("the database went away after the change") from error
        self.look()
        return made

    async def time(self) -> None:
        """Return nothing: whoever gives controllers clocks gives them the same one."""

    async def close(self) -> None:
        """Follow no longer."""
        self._is_closed = True


def open_repository(on: SharedDatabase, way: Way, owner: process.Process) -> repositories.SQLRepository:
    """Open the database for a controller process."""
    tail = following.Tail()
    return repositories.SQLRepository(SharedEngine(on, way, owner, tail), tail)
