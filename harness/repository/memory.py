"""A controller's way to a database in memory."""

import collections
import dataclasses
import datetime
from collections.abc import Collection, Mapping, Sequence

from harness.repository import database, putting_back
from meterstatus import errors
from meterstatus.domain import epoch, maintenance, names, policy, slicing, status
from meterstatus.domain.fleet import (
    effective_policy,
    presence,
    records,
    retention,
    time_limit,
    undoing,
    unit_state,
)
from meterstatus.domain.hook import delivery_report
from meterstatus.ports import repository


class MemoryRepository:
    """One controller's way to a database in memory.

    Attributes:
        failure: while set, every call raises it and does nothing.
        unconfirmed: what ``unconfirmed_for`` says.
        store_time: what ``time`` says.
    """

    def __init__(self, on: database.MemoryDatabase | None = None) -> None:
        self._on = on or database.MemoryDatabase()
        self.failure: errors.MeterStatusError | None = None
        self.unconfirmed = datetime.timedelta()
        self.store_time: repository.StoreTime | None = None

    async def catch_up(self) -> None:
        """Return at once: everything is told at once."""
        self._check()

    def unconfirmed_for(self) -> datetime.timedelta:
        """Return what the test says."""
        return self.unconfirmed

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def follow(
        self, follower: repository.Follower, reloaded: repository.Reloaded = repository.ignore
    ) -> records.Fleet:
        """Return everything, and tell of every later change."""
        self._check()
        self._on.followers[self] = follower
        self._on.reloaded[self] = reloaded
        return self._on.everything()

    def lead_back(self, to: database.MemoryDatabase) -> None:
        """Go on with another database, as a store does that was led back under its controllers."""
        follower, reloaded = self._on.followers.pop(self), self._on.reloaded.pop(self)
        self._on = to
        to.followers[self], to.reloaded[self] = follower, reloaded
        reloaded(self._on.everything())

    def _get(self, name: str, added: int | None = None) -> records.Unit:
        self._check()
        return self._on.get(name, added)

    async def add_unit(
        self, name: str, password_hash: str, initial: status.MeterStatus, author: records.Author
    ) -> None:
        """Add a unit."""
        self._check()
        if name in self._on.units:
            raise errors.ConflictError(f'unit "{name}" already exists')
        first = len(self._on.changes)
        revision = self._on.change(records.ChangeKind.ADD, name, author, new=initial)
        self._on.units[name] = records.Unit(name, password_hash, initial, revision, author.at, revision)
        self._on.states[name] = {}
        self._on.publish(first)

    async def remove_unit(self, name: str, author: records.Author) -> None:
        """Remove a unit."""
        unit = self._get(name)
        first = len(self._on.changes)
        self._on.change(records.ChangeKind.REMOVE, name, author, old=unit.status)
        del self._on.units[name], self._on.states[name]
        self._on.rulings.pop(effective_policy.unit_scope(name), None)
        self._on.presences.unit_removed(name)
        self._on.reports.unit_removed(name)
        self._on.publish(first)

    async def set_unit_status(self, name: str, wanted: status.MeterStatus, author: records.Author) -> None:
        """Set a unit's status."""
        self._set_status([self._get(name)], wanted, author)

    async def set_application_status(
        self, application: str, wanted: status.MeterStatus, author: records.Author
    ) -> None:
        """Set the status of all units of an application."""
        self._check()
        units = [unit for unit in self._on.units.values() if names.application_of(unit.name) == application]
        if not units:
            raise errors.NotFoundError(f'application "{application}"')
        chosen = sorted(units, key=lambda unit: unit.name)
        self._set_status(chosen, wanted, author, batch=self._on.newest + 1)

    def _set_status(
        self,
        units: Sequence[records.Unit],
        wanted: status.MeterStatus,
        author: records.Author,
        batch: int = 0,
        until: datetime.datetime | None = None,
    ) -> None:
        first = len(self._on.changes)
        for unit in units:
            limit = time_limit.laid(until, unit.status, unit.limit)
            if (unit.status, unit.limit) != (wanted, limit):
                self._on.put_status(unit, wanted, author, batch, limit)
        self._on.publish(first)

    async def set_policy(
        self, scope: names.Tag, wanted: policy.Policy | None, author: records.Author
    ) -> None:
        """Set the policy of a scope, or take it away."""
        self._check()
        held = self._on.rulings.get(scope)
        is_to_come = scope.kind is names.Kind.APPLICATION and (held is not None or wanted is not None)
        if not (self._on.is_there(scope) or is_to_come):
            raise errors.NotFoundError(f'{scope.kind.value} "{scope.name}"')
        old = None if held is None else held.policy
        if old == wanted:
            return
        first = len(self._on.changes)
        self._on.put_policy(scope, old, wanted, author)
        self._on.publish(first)

    async def begin_epoch(self, author: records.Author, claimed: Collection[int] = ()) -> None:
        """Begin an epoch."""
        self._check()
        base = self._on.newest
        number = epoch.next_number(self._on.epoch.number, author.at, claimed)
        self._on.epoch = epoch.Epoch(number, base, author.at, author.who, author.why)
        self._on.change(records.ChangeKind.EPOCH, "", author, begun=self._on.epoch)
        self._on.publish(base)

    async def set_maintenance(self, wanted: maintenance.Maintenance | None, author: records.Author) -> None:
        """Announce maintenance, or end it."""
        self._check()
        if wanted is None and self._on.maintenance is None:
            return
        first = len(self._on.changes)
        self._on.maintenance = wanted
        self._on.change(records.ChangeKind.MAINTENANCE, "", author, announced=wanted)
        self._on.publish(first)

    async def set_password_hash(
        self, name: str, password_hash: str, author: records.Author, added: int | None = None
    ) -> None:
        """Set the hash of a unit's password."""
        unit = self._get(name, added)
        if unit.password_hash == password_hash:
            return
        first = len(self._on.changes)
        self._on.change(records.ChangeKind.PASSWORD, name, author)
        self._on.units[name] = dataclasses.replace(unit, password_hash=password_hash)
        self._on.publish(first)

    async def unit_state(self, name: str) -> Mapping[str, str]:
        """Return what is stored of a unit."""
        self._get(name)
        return dict(self._on.states[name])

    async def change_unit_state(
        self, name: str, changes: Mapping[str, str], added: int | None = None
    ) -> None:
        """Store fields of a unit's state."""
        self._get(name, added)
        self._on.states[name] = unit_state.merge(self._on.states[name], changes)

    async def record_delivery(
        self, received: delivery_report.ReceivedReport, added: int | None = None
    ) -> None:
        """Keep what an agent reported."""
        self._get(received.unit, added)
        self._on.reports.record(received)

    async def deliveries(
        self, unit: str = "", application: str = "", limit: int = 100
    ) -> Sequence[delivery_report.ReceivedReport]:
        """Return what was reported, newest first."""
        self._check()
        return self._on.reports.of(unit, application, limit)

    async def newest_deliveries(self) -> delivery_report.Reported:
        """Return the newest report of each unit's status hook, and the newest that is a delivery."""
        self._check()
        return self._on.reports.newest()

    async def reports_after(self, number: int, limit: int) -> delivery_report.Reported:
        """Return what was reported after a number."""
        self._check()
        return self._on.reports.after(number, limit)

    async def time(self) -> repository.StoreTime | None:
        """Return what a test says."""
        self._check()
        return self.store_time

    async def report_controller(
        self,
        name: str,
        addresses: Sequence[str],
        at: datetime.datetime,
        ahead: datetime.timedelta | None = None,
    ) -> bool:
        """Put down a heartbeat."""
        self._check()
        return self._on.presences.report(name, addresses, at, ahead)

    async def controllers(self) -> Sequence[presence.ControllerProcess]:
        """Return the controllers by name."""
        self._check()
        return self._on.presences.controllers()

    async def forget_controller(self, name: str) -> None:
        """Take a controller out."""
        self._check()
        self._on.presences.forget(name)

    async def record_presence(self, by: str, contacts: Sequence[presence.Contact]) -> None:
        """Write what a controller knows of units."""
        self._check()
        self._on.presences.record(by, contacts, self._on.units)

    async def presence(self) -> Sequence[presence.Contact]:
        """Return what is known of every unit."""
        self._check()
        return self._on.presences.contacts()

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
        self._check()
        chosen = [
            change
            for change in reversed(self._on.changes)
            if before is None or change.revision < before
            if (change.unit == unit if unit else application in ("", change.application))
            if not (is_without_own and change.is_own)
        ]
        return chosen[:limit]

    def _look(self, looked_at: int, again: repository.Again | None) -> Collection[str] | None:
        self._check()
        if looked_at == self._on.newest:
            return None
        if looked_at > self._on.newest or again is None:
            raise errors.FleetMovedOnError(f"the fleet has changed since revision {looked_at}")
        since = [change for change in self._on.changes if change.revision > looked_at]
        updates = [records.Update(change, self._on.units.get(change.unit)) for change in since]
        return slicing.at_once(again(updates, self._on.newest))

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
        self._look(looked_at, again)
        held = self._on.levels.get(scope)
        is_nothing = held is None and wanted is None
        if scope.kind is names.Kind.APPLICATION and is_nothing and not self._on.is_there(scope):
            raise errors.NotFoundError(f'application "{scope.name}"')
        old, old_limit = (None, None) if held is None else (held.status, held.limit)
        limit = time_limit.laid(until, old, old_limit)
        first = len(self._on.changes)
        if (old, old_limit) != (wanted, limit):
            self._on.put_level(scope, wanted, author, limit)
        self._on.publish(first)

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
        meant = self._look(looked_at, again)
        meant = units if meant is None else meant
        chosen = [unit for name, unit in sorted(self._on.units.items()) if name in meant]
        self._set_status(chosen, wanted, author, self._on.newest + 1, until)

    async def end_due(self, now: datetime.datetime) -> datetime.datetime | None:
        """End what is over."""
        self._check()
        due = putting_back.ends(self._on)
        if due and due[0][0] <= now:
            first = len(self._on.changes)
            putting_back.end(self._on, *due[0], now)
            self._on.publish(first)
        return min((until for until, _ in putting_back.ends(self._on)), default=None)

    async def batch_of(self, revision: int) -> Sequence[records.Change]:
        """Return a change and all of the same call."""
        self._check()
        batch = {change.batch for change in self._on.changes if change.revision == revision} - {0}
        return [each for each in self._on.changes if each.revision == revision or each.batch in batch]

    async def undo(
        self, revision: int, author: records.Author, looked_at: int, again: repository.Again | None = None
    ) -> None:
        """Put back what a change has changed."""
        self._look(looked_at, again)
        undone = await self.batch_of(revision)
        undoing.check(revision, undone)
        first = len(self._on.changes)
        putting_back.undo(self._on, undone, author, self._on.newest + 1)
        self._on.publish(first)

    async def prune(self, keep: retention.Retention, now: datetime.datetime, limit: int) -> retention.Pruned:
        """Remove what is kept long enough."""
        self._check()
        of_others = [change.revision for change in self._on.changes if not change.is_own]
        edges = keep.edges(now, self._on.newest, max(of_others[: -keep.most_changes], default=0))
        stood_on = {one for unit in self._on.units.values() for one in (unit.revision, unit.added)}
        stood_on |= {held.revision for held in self._on.rulings.values()}
        stood_on |= {held.revision for held in self._on.levels.values()}
        gone = [
            change.revision
            for change in self._on.changes
            if not change.is_own and change.revision not in stood_on
            if edges.drops_change(change.revision, change.author.at)
        ][:limit]
        own = self._surplus_own(edges)[: limit - len(gone)]
        reports = self._on.reports.prune(edges.drops_report, limit)
        dropped = {*gone, *own}
        self._on.changes = [change for change in self._on.changes if change.revision not in dropped]
        self._on.removed_up_to = max(self._on.removed_up_to, *gone, 0)
        return retention.Pruned(len(dropped), reports)

    def _surplus_own(self, edges: retention.Edges) -> list[int]:
        newer: collections.Counter[str] = collections.Counter()
        found: list[int] = []
        for change in reversed(self._on.changes):
            if change.is_own:
                if edges.drops_own_change(change.revision, change.author.at, newer[change.unit]):
                    found.append(change.revision)
                newer[change.unit] += 1
        return sorted(found)

    async def removed_up_to(self) -> int:
        """Return the highest revision whose change was ever removed."""
        self._check()
        return self._on.removed_up_to

    async def close(self) -> None:
        """Refuse every later call."""
        self._on.followers.pop(self, None)
        self._on.reloaded.pop(self, None)
        self.failure = errors.StoreUnavailableError("the database is closed")
