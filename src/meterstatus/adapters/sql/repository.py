"""``Repository`` on any SQL engine: each call is one piece of work in a transaction; see the port."""

import datetime
import functools
from collections.abc import Collection, Mapping, Sequence

from meterstatus.adapters.sql import (
    changes,
    deliveries,
    ends,
    engine,
    fleet_changes,
    following,
    mass_changes,
    pruning,
    scopes,
    units,
)
from meterstatus.adapters.sql import presence as presences
from meterstatus.domain import maintenance, names, policy, status
from meterstatus.domain.fleet import presence, records, retention
from meterstatus.domain.hook import delivery_report
from meterstatus.ports import repository


class SQLRepository:
    """``Repository`` on an engine, which it owns.

    Args:
        on: the engine, which reads ``tail`` after each commit and publishes what that found.
        tail: the engine's.
    """

    def __init__(self, on: engine.Engine, tail: following.Tail) -> None:
        self._engine = on
        self._tail = tail

    async def follow(
        self, follower: repository.Follower, reloaded: repository.Reloaded = repository.ignore
    ) -> records.Fleet:
        """Return everything, and tell of every later change."""
        begin = functools.partial(self._tail.begin, follower=follower, reloaded=reloaded)
        return await self._engine.follow(begin)

    async def catch_up(self) -> None:
        """Return once the follower knows everything."""
        await self._engine.catch_up()

    def unconfirmed_for(self) -> datetime.timedelta:
        """Return how long ago it was last certain that everything was told."""
        return self._engine.unconfirmed_for()

    async def add_unit(
        self, name: str, password_hash: str, initial: status.MeterStatus, author: records.Author
    ) -> None:
        """Add a unit."""
        await self._engine.write(lambda within: units.add(within, name, password_hash, initial, author))

    async def remove_unit(self, name: str, author: records.Author) -> None:
        """Remove a unit."""
        await self._engine.write(lambda within: units.remove(within, name, author))

    async def set_unit_status(self, name: str, wanted: status.MeterStatus, author: records.Author) -> None:
        """Set a unit's status."""
        await self._engine.write(lambda within: units.set_status(within, name, wanted, author))

    async def set_application_status(
        self, application: str, wanted: status.MeterStatus, author: records.Author
    ) -> None:
        """Set the status of all units of an application."""
        await self._engine.write(
            lambda within: units.set_application_status(within, application, wanted, author)
        )

    async def set_policy(
        self, scope: names.Tag, wanted: policy.Policy | None, author: records.Author
    ) -> None:
        """Set the policy of a scope, or take it away."""
        await self._engine.write(lambda within: scopes.set_policy(within, scope, wanted, author))

    async def begin_epoch(self, author: records.Author, claimed: Collection[int] = ()) -> None:
        """Begin an epoch."""
        await self._engine.write(lambda within: fleet_changes.begin_epoch(within, author, claimed))

    async def set_maintenance(self, wanted: maintenance.Maintenance | None, author: records.Author) -> None:
        """Announce maintenance, or end it."""
        await self._engine.write(lambda within: fleet_changes.set_maintenance(within, wanted, author))

    async def set_password_hash(
        self, name: str, password_hash: str, author: records.Author, added: int | None = None
    ) -> None:
        """Set the hash of a unit's password."""
        await self._engine.write(
            lambda within: units.set_password_hash(within, name, password_hash, author, added)
        )

    async def unit_state(self, name: str) -> Mapping[str, str]:
        """Return what is stored of a unit."""
        return await self._engine.read(lambda within: units.read_state(within, name))

    async def change_unit_state(
        self, name: str, changes: Mapping[str, str], added: int | None = None
    ) -> None:
        """Store fields of a unit's state."""
        await self._engine.write(lambda within: units.change_state(within, name, changes, added))

    async def record_delivery(
        self, received: delivery_report.ReceivedReport, added: int | None = None
    ) -> None:
        """Keep what an agent reported."""
        await self._engine.write(lambda within: deliveries.record(within, received, added))

    async def deliveries(
        self, unit: str = "", application: str = "", limit: int = 100
    ) -> Sequence[delivery_report.ReceivedReport]:
        """Return what was reported, newest first."""
        return await self._engine.read(lambda within: deliveries.read(within, unit, application, limit))

    async def newest_deliveries(self) -> delivery_report.Reported:
        """Return the newest report of each unit's status hook, and the newest that is a delivery."""
        return await self._engine.read(deliveries.newest)

    async def reports_after(self, number: int, limit: int) -> delivery_report.Reported:
        """Return what was reported after a number."""
        return await self._engine.read(lambda within: deliveries.after(within, number, limit))

    async def time(self) -> repository.StoreTime | None:
        """Return what time it is by the database's clock."""
        return await self._engine.time()

    async def report_controller(
        self,
        name: str,
        addresses: Sequence[str],
        at: datetime.datetime,
        ahead: datetime.timedelta | None = None,
    ) -> bool:
        """Put down a heartbeat."""
        return await self._engine.write(
            lambda within: presences.report_controller(within, name, addresses, at, ahead)
        )

    async def controllers(self) -> Sequence[presence.ControllerProcess]:
        """Return the controllers by name."""
        return await self._engine.read(presences.controllers)

    async def forget_controller(self, name: str) -> None:
        """Take a controller out."""
        await self._engine.write(lambda within: presences.forget_controller(within, name))

    async def record_presence(self, by: str, contacts: Sequence[presence.Contact]) -> None:
        """Write what a controller knows of units."""
        await self._engine.write(lambda within: presences.record(within, by, contacts))

    async def presence(self) -> Sequence[presence.Contact]:
        """Return what is known of every unit."""
        return await self._engine.read(presences.read)

    async def history(
        self,
        unit: str = "",
        application: str = "",
        before: int | None = None,
        limit: int = 100,
        *,
        is_without_own: bool = False,
    ) -> Sequence[records.Change]:
        """Return the latest changes, newest first."""
        wanted = changes.Wanted(unit, application, before, limit, is_without_own)
        return await self._engine.read(lambda within: changes.history(within, wanted))

    async def set_level(
        self,
        scope: names.Tag,
        wanted: status.MeterStatus | None,
        author: records.Author,
        looked_at: int,
        until: datetime.datetime | None = None,
        again: repository.Again | None = None,
    ) -> None:
        """Set the status of an application or the model."""
        await self._engine.write(
            lambda within: mass_changes.set_level(within, scope, wanted, author, looked_at, until, again)
        )

    async def set_statuses(
        self,
        units: Collection[str],
        wanted: status.MeterStatus,
        author: records.Author,
        looked_at: int,
        until: datetime.datetime | None = None,
        again: repository.Again | None = None,
    ) -> None:
        """Set the status of many units."""
        await self._engine.write(
            lambda within: mass_changes.set_statuses(within, units, wanted, author, looked_at, until, again)
        )

    async def end_due(self, now: datetime.datetime) -> datetime.datetime | None:
        """End what is over."""
        return await self._engine.write(lambda within: ends.end_due(within, now))

    async def batch_of(self, revision: int) -> Sequence[records.Change]:
        """Return a change and all of the same call."""
        return await self._engine.read(lambda within: mass_changes.batch_of(within, revision))

    async def undo(
        self, revision: int, author: records.Author, looked_at: int, again: repository.Again | None = None
    ) -> None:
        """Put back what a change has changed."""
        await self._engine.write(lambda within: mass_changes.undo(within, revision, author, looked_at, again))

    async def prune(self, keep: retention.Retention, now: datetime.datetime, limit: int) -> retention.Pruned:
        """Remove what is kept long enough."""
        up_to = await self._engine.read(lambda within: pruning.surplus(within, keep))
        return await self._engine.write(lambda within: pruning.prune(within, keep, now, limit, up_to))

    async def removed_up_to(self) -> int:
        """Return the highest revision whose change was ever removed."""
        return await self._engine.read(pruning.removed_up_to)

    async def close(self) -> None:
        """Let go of the database."""
        await self._engine.close()
