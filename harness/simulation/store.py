"""The database that controllers share, and each one's way to it: slow, cut, failing over, led back.

What is stored is ``MemoryDatabase``'s. Here a controller hears of another's changes as from a real database:
by looking now and then, and sooner where it is woken, which it may not be.
"""

import asyncio
import dataclasses
import datetime
import itertools
import random as randoms
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TypeVar

from harness import repository
from harness.simulation import process
from meterstatus import errors
from meterstatus.domain import maintenance, names, policy, status
from meterstatus.domain.fleet import presence, records, retention
from meterstatus.domain.hook import delivery_report
from meterstatus.ports import repository as repositories

LOOK_PERIOD = 5.0
"""Seconds between two looks at what others changed."""

PATIENCE = 15.0
"""The most seconds that a call waits for a database that is away."""

_T = TypeVar("_T")
_Work = Callable[[repositories.Repository], Awaitable[_T]]


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
        self._open: list[SharedRepository] = []

    def lead_back(self, to: repository.MemoryDatabase) -> None:
        """Hold something older from now on; who follows notices at its next look."""
        self.held = to
        self.led_back += 1

    def open(self, of: "SharedRepository") -> None:
        """Take note of a controller to wake."""
        self._open = [*(one for one in self._open if not one.is_over), of]

    def wake(self, by: "SharedRepository") -> None:
        """Wake the others; some of it is lost, and the rest may take a while."""
        for other in self._open:
            if other is not by and not other.is_over and self.random.random() < 0.7:
                delay = self.random.choice((0.002, 0.02, 3.0)) * self.random.random()
                asyncio.get_running_loop().call_later(delay, other.look, context=other.owner.context)


@dataclasses.dataclass(slots=True)
class Way:
    """A controller's way to the database; it outlives the process."""

    troubles: int = 0


class SharedRepository:
    """``Repository`` of one controller process.

    Attributes:
        owner: the process.
    """

    def __init__(self, on: SharedDatabase, way: Way, owner: process.Process) -> None:
        self.owner = owner
        self._on, self._way = on, way
        self._is_closed = False
        self._follower: repositories.Follower = lambda _: None
        self._reloaded: repositories.Reloaded = repositories.ignore
        self._seen = self._led_back = 0
        self._confirmed_at = asyncio.get_running_loop().time()
        on.open(self)

    @property
    def is_over(self) -> bool:
        """Tell whether nobody is there any more."""
        return self._is_closed or self.owner.is_dead

    def _is_away(self) -> bool:
        return bool(self._on.troubles or self._way.troubles)

    # Following.

    async def follow(
        self, follower: repositories.Follower, reloaded: repositories.Reloaded = repositories.ignore
    ) -> records.Fleet:
        """Return everything, and tell of every later change at some look."""
        await self._travel()
        self._follower, self._reloaded = follower, reloaded
        self._confirm()
        asyncio.get_running_loop().call_later(LOOK_PERIOD, self._look_on)
        return self._everything()

    def _everything(self) -> records.Fleet:
        return self._on.held.everything()

    def _confirm(self) -> None:
        self._seen, self._led_back = self._on.held.newest, self._on.led_back
        self._confirmed_at = asyncio.get_running_loop().time()

    def _look_on(self) -> None:
        if not self.is_over:
            self.look()
            asyncio.get_running_loop().call_later(LOOK_PERIOD, self._look_on)

    def look(self) -> None:
        """Tell of what is new, if the database can be reached."""
        if self.is_over or self._is_away():
            return
        seen, is_led_back = self._seen, self._led_back != self._on.led_back
        self._confirm()
        if is_led_back:
            self._reloaded(self._everything())
            return
        held = self._on.held
        newer = itertools.takewhile(lambda change: change.revision > seen, reversed(held.changes))
        updates = [records.Update(change, held.units.get(change.unit)) for change in newer][::-1]
        if updates:
            self._follower(updates)

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

    async def _read(self, work: _Work[_T]) -> _T:
        await self._travel()
        found = await work(repository.MemoryRepository(self._on.held))
        await self._travel()
        return found

    async def _write(self, work: _Work[_T]) -> _T:
        await self._travel()
        made = await work(repository.MemoryRepository(self._on.held))
        self._on.wake(self)
        try:
            await self._travel()
        except errors.StoreUnavailableError as error:
            raise errors.OutcomeUnknownError("the database went away after the change") from error
        self.look()
        return made

    async def add_unit(
        self, name: str, password_hash: str, initial: status.MeterStatus, author: records.Author
    ) -> None:
        """Add a unit."""
        await self._write(lambda on: on.add_unit(name, password_hash, initial, author))

    async def remove_unit(self, name: str, author: records.Author) -> None:
        """Remove a unit."""
        await self._write(lambda on: on.remove_unit(name, author))

    async def set_unit_status(self, name: str, wanted: status.MeterStatus, author: records.Author) -> None:
        """Set a unit's status."""
        await self._write(lambda on: on.set_unit_status(name, wanted, author))

    async def set_application_status(
        self, application: str, wanted: status.MeterStatus, author: records.Author
    ) -> None:
        """Set the status of all units of an application."""
        await self._write(lambda on: on.set_application_status(application, wanted, author))

    async def set_policy(
        self, scope: names.Tag, wanted: policy.Policy | None, author: records.Author
    ) -> None:
        """Set the policy of a scope, or take it away."""
        await self._write(lambda on: on.set_policy(scope, wanted, author))

    async def set_password_hash(
        self, name: str, password_hash: str, author: records.Author, added: int | None = None
    ) -> None:
        """Set the hash of a unit's password."""
        await self._write(lambda on: on.set_password_hash(name, password_hash, author, added))

    async def unit_state(self, name: str) -> Mapping[str, str]:
        """Return what is stored of a unit."""
        return await self._read(lambda on: on.unit_state(name))

    async def change_unit_state(
        self, name: str, changes: Mapping[str, str], added: int | None = None
    ) -> None:
        """Store fields of a unit's state."""
        await self._write(lambda on: on.change_unit_state(name, changes, added))

    async def record_delivery(
        self, received: delivery_report.ReceivedReport, added: int | None = None
    ) -> None:
        """Keep what an agent reported."""
        await self._write(lambda on: on.record_delivery(received, added))

    async def deliveries(
        self, unit: str = "", application: str = "", limit: int = 100
    ) -> Sequence[delivery_report.ReceivedReport]:
        """Return what was reported, newest first."""
        return await self._read(lambda on: on.deliveries(unit, application, limit))

    async def history(
        self,
        unit: str = "",
        application: str = "",
        before: int | None = None,
        limit: int = 100,
        *,
        is_without_own: bool = False,
    ) -> Sequence[records.Change]:
        """Return changes, newest first."""
        return await self._read(
            lambda on: on.history(unit, application, before, limit, is_without_own=is_without_own)
        )

    async def prune(self, keep: retention.Retention, now: datetime.datetime, limit: int) -> retention.Pruned:
        """Remove what is kept long enough."""
        return await self._write(lambda on: on.prune(keep, now, limit))

    async def removed_up_to(self) -> int:
        """Return the highest revision whose change was removed."""
        return await self._read(lambda on: on.removed_up_to())

    async def begin_epoch(self, author: records.Author, claimed: Collection[int] = ()) -> None:
        """Begin an epoch."""
        await self._write(lambda on: on.begin_epoch(author, claimed))

    async def set_maintenance(self, wanted: maintenance.Maintenance | None, author: records.Author) -> None:
        """Announce maintenance, or end it."""
        await self._write(lambda on: on.set_maintenance(wanted, author))

    async def set_level(
        self,
        scope: names.Tag,
        wanted: status.MeterStatus | None,
        author: records.Author,
        looked_at: int,
        until: datetime.datetime | None = None,
        again: repositories.Again | None = None,
    ) -> None:
        """Set the status of an application or the model."""
        await self._write(lambda on: on.set_level(scope, wanted, author, looked_at, until, again))

    async def set_statuses(
        self,
        units: Collection[str],
        wanted: status.MeterStatus,
        author: records.Author,
        looked_at: int,
        until: datetime.datetime | None = None,
        again: repositories.Again | None = None,
    ) -> None:
        """Set the status of many units."""
        await self._write(lambda on: on.set_statuses(units, wanted, author, looked_at, until, again))

    async def end_due(self, now: datetime.datetime) -> datetime.datetime | None:
        """End what is over."""
        return await self._write(lambda on: on.end_due(now))

    async def batch_of(self, revision: int) -> Sequence[records.Change]:
        """Return a change and all of the same call."""
        return await self._read(lambda on: on.batch_of(revision))

    async def undo(
        self, revision: int, author: records.Author, looked_at: int, again: repositories.Again | None = None
    ) -> None:
        """Put back what a change has changed."""
        await self._write(lambda on: on.undo(revision, author, looked_at, again))

    async def newest_deliveries(self) -> delivery_report.Reported:
        """Return the newest reports of each unit."""
        return await self._read(lambda on: on.newest_deliveries())

    async def reports_after(self, number: int, limit: int) -> delivery_report.Reported:
        """Return what was reported after a number."""
        return await self._read(lambda on: on.reports_after(number, limit))

    async def time(self) -> None:
        """Return nothing: whoever gives controllers clocks gives them the same one."""

    async def report_controller(
        self,
        name: str,
        addresses: Sequence[str],
        at: datetime.datetime,
        ahead: datetime.timedelta | None = None,
    ) -> bool:
        """Put down a heartbeat."""
        return await self._write(lambda on: on.report_controller(name, addresses, at, ahead))

    async def controllers(self) -> Sequence[presence.ControllerProcess]:
        """Return the controllers."""
        return await self._read(lambda on: on.controllers())

    async def forget_controller(self, name: str) -> None:
        """Take a controller out."""
        await self._write(lambda on: on.forget_controller(name))

    async def record_presence(self, by: str, contacts: Sequence[presence.Contact]) -> None:
        """Write what a controller knows of units."""
        await self._write(lambda on: on.record_presence(by, contacts))

    async def presence(self) -> Sequence[presence.Contact]:
        """Return what is known of every unit."""
        return await self._read(lambda on: on.presence())

    async def close(self) -> None:
        """Follow no longer."""
        self._is_closed = True
