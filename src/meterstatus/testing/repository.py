"""``Repository`` in memory, held to the same contract suite as the real ones."""

import dataclasses
import datetime
import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence

from meterstatus import errors
from meterstatus.domain import (
    delivery_report,
    epoch,
    fleet,
    level,
    maintenance,
    names,
    policy,
    presence,
    retention,
    ruling,
    status,
    telling,
    time_limit,
    unit_state,
)
from meterstatus.ports import repository

IDENTITY = fleet.Identity(
    controller_uuid="0d9dbb38-3b4c-4f3b-8a55-6d5a4a1c4a10",
    model_uuid="5f1f9c2e-8f0e-4a43-9d3c-0a4f5b6c7d8e",
    model_name="default",
    hosts=("127.0.0.1",),
    port=17070,
)
"""Some controller."""

USERS = (
    fleet.User("ann", "salt", "hash", fleet.Access.READ, enabled=False),
    fleet.User("bob", "pepper", "mash", fleet.Access.ADMIN),
)
"""Some users, by name."""


class MemoryDatabase:
    """What is stored: it outlives the controllers that have a ``MemoryRepository`` on it.

    Attributes:
        followers: who is told of changes, by the repository that follows.
    """

    def __init__(self, identity: fleet.Identity = IDENTITY, users: Iterable[fleet.User] = ()) -> None:
        self.identity = identity
        self.users = tuple(users)
        self.units: dict[str, fleet.Unit] = {}
        self.states: dict[str, dict[str, str]] = {}
        self.rulings: dict[names.Tag, ruling.Ruling] = {}
        self.levels: dict[names.Tag, level.Level] = {}
        self.changes: list[fleet.Change] = []
        self.epoch = epoch.Epoch()
        self.maintenance: maintenance.Maintenance | None = None
        self.deliveries: list[delivery_report.ReceivedReport] = []
        self.reported = 0
        self.numbers: dict[tuple[str, str, str, int], int] = {}
        self.former: set[tuple[str, str, str, int]] = set()
        self.newest = 0
        self.removed_up_to = 0
        self.controllers: dict[str, presence.ControllerProcess] = {}
        self.presence: dict[str, presence.Contact] = {}
        self.followers: dict[MemoryRepository, repository.Follower] = {}
        self.reloaded: dict[MemoryRepository, repository.Reloaded] = {}

    def copy(self) -> "MemoryDatabase":
        """Return what a backup holds: all of it, and nobody who follows."""
        made = MemoryDatabase(self.identity, self.users)
        made.units, made.changes = dict(self.units), list(self.changes)
        made.epoch, made.maintenance = self.epoch, self.maintenance
        made.rulings, made.levels = dict(self.rulings), dict(self.levels)
        made.deliveries = list(self.deliveries)
        made.reported, made.numbers = self.reported, dict(self.numbers)
        made.former = set(self.former)
        made.newest, made.removed_up_to = self.newest, self.removed_up_to
        made.controllers, made.presence = dict(self.controllers), dict(self.presence)
        made.states = {name: dict(fields) for name, fields in self.states.items()}
        return made


class MemoryRepository:
    """One controller's way to a database in memory.

    Attributes:
        failure: while set, every call raises it and does nothing.
        unconfirmed: what ``unconfirmed_for`` says.
    """

    def __init__(self, on: MemoryDatabase | None = None) -> None:
        self._on = on or MemoryDatabase()
        self.failure: errors.MeterStatusError | None = None
        self.unconfirmed = datetime.timedelta()

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
    ) -> fleet.Fleet:
        """Return everything, and tell of every later change."""
        self._check()
        self._on.followers[self] = follower
        self._on.reloaded[self] = reloaded
        return self.everything()

    def lead_back(self, to: MemoryDatabase) -> None:
        """Go on with another database, as a store does that was led back under its controllers."""
        follower, reloaded = self._on.followers.pop(self), self._on.reloaded.pop(self)
        self._on = to
        to.followers[self], to.reloaded[self] = follower, reloaded
        reloaded(self.everything())

    def everything(self) -> fleet.Fleet:
        """Return all that a controller has in memory."""
        units = sorted(self._on.units.values(), key=lambda unit: unit.name)
        rulings = sorted(self._on.rulings.values(), key=lambda held: str(held.scope))
        return fleet.Fleet(
            self._on.identity,
            self._on.users,
            tuple(units),
            tuple(rulings),
            self._on.newest,
            self._on.epoch,
            self._on.maintenance,
            tuple(sorted(self._on.levels.values(), key=lambda held: str(held.scope))),
        )

    def _get(self, name: str, added: int | None = None) -> fleet.Unit:
        self._check()
        unit = self._on.units.get(name)
        if unit is None or added not in (None, unit.added):
            raise errors.NotFoundError(f'unit "{name}"')
        return unit

    def _change(
        self,
        kind: fleet.ChangeKind,
        name: str,
        author: fleet.Author,
        old: status.MeterStatus | None = None,
        new: status.MeterStatus | None = None,
        policy_change: ruling.PolicyChange | None = None,
        begun: epoch.Epoch | None = None,
        announced: maintenance.Maintenance | None = None,
        *,
        of_level: names.Tag | None = None,
        batch: int = 0,
        limit: time_limit.TimeLimit | None = None,
        old_limit: time_limit.TimeLimit | None = None,
        ended: int = 0,
    ) -> int:
        self._on.newest += 1
        revision = self._on.newest
        self._on.changes.append(
            fleet.Change(
                revision,
                kind,
                name,
                author,
                old,
                new,
                policy_change,
                begun,
                announced,
                of_level,
                batch,
                limit,
                old_limit,
                ended,
            )
        )
        return revision

    def _publish(self, first: int) -> None:
        changes = self._on.changes[first:]
        if changes:
            updates = [fleet.Update(change, self._on.units.get(change.unit)) for change in changes]
            for follower in tuple(self._on.followers.values()):
                follower(updates)

    async def add_unit(
        self, name: str, password_hash: str, initial: status.MeterStatus, author: fleet.Author
    ) -> None:
        """Add a unit."""
        self._check()
        if name in self._on.units:
            raise errors.ConflictError(f'unit "{name}" already exists')
        first = len(self._on.changes)
        revision = self._change(fleet.ChangeKind.ADD, name, author, new=initial)
        self._on.units[name] = fleet.Unit(name, password_hash, initial, revision, author.at, revision)
        self._on.states[name] = {}
        self._publish(first)

    async def remove_unit(self, name: str, author: fleet.Author) -> None:
        """Remove a unit."""
        unit = self._get(name)
        first = len(self._on.changes)
        self._change(fleet.ChangeKind.REMOVE, name, author, old=unit.status)
        del self._on.units[name], self._on.states[name]
        self._on.rulings.pop(ruling.unit_scope(name), None)
        self._on.presence.pop(name, None)
        self._on.former |= {_attempt(kept) for kept in self._on.deliveries if kept.unit == name}
        self._publish(first)

    async def set_unit_status(self, name: str, wanted: status.MeterStatus, author: fleet.Author) -> None:
        """Set a unit's status."""
        self._set_status([self._get(name)], wanted, author)

    async def set_application_status(
        self, application: str, wanted: status.MeterStatus, author: fleet.Author
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
        units: Sequence[fleet.Unit],
        wanted: status.MeterStatus,
        author: fleet.Author,
        batch: int = 0,
        until: datetime.datetime | None = None,
    ) -> None:
        first = len(self._on.changes)
        for unit in units:
            limit = time_limit.laid(until, unit.status, unit.limit)
            if (unit.status, unit.limit) != (wanted, limit):
                self._put_status(unit, wanted, author, batch, limit)
        self._publish(first)

    def _put_status(
        self,
        unit: fleet.Unit,
        wanted: status.MeterStatus,
        author: fleet.Author,
        batch: int,
        limit: time_limit.TimeLimit | None,
        ended: int = 0,
    ) -> None:
        revision = self._change(
            fleet.ChangeKind.SET,
            unit.name,
            author,
            unit.status,
            wanted,
            batch=batch,
            limit=limit,
            old_limit=unit.limit,
            ended=ended,
        )
        self._on.units[unit.name] = dataclasses.replace(
            unit, status=wanted, revision=revision, since=author.at, limit=limit
        )

    async def set_policy(self, scope: names.Tag, wanted: policy.Policy | None, author: fleet.Author) -> None:
        """Set the policy of a scope, or take it away."""
        self._check()
        held = self._on.rulings.get(scope)
        if not (self._is_there(scope) or (held is not None and scope.kind is names.Kind.APPLICATION)):
            raise errors.NotFoundError(f'{scope.kind.value} "{scope.name}"')
        old = None if held is None else held.policy
        if old == wanted:
            return
        first = len(self._on.changes)
        self._put_policy(scope, old, wanted, author)
        self._publish(first)

    def _put_policy(
        self, scope: names.Tag, old: policy.Policy | None, wanted: policy.Policy | None, author: fleet.Author
    ) -> None:
        change = ruling.PolicyChange(scope, old, wanted)
        revision = self._change(fleet.ChangeKind.POLICY, change.unit, author, policy_change=change)
        if wanted is None:
            del self._on.rulings[scope]
        else:
            self._on.rulings[scope] = ruling.Ruling(scope, wanted, revision)

    def _is_there(self, scope: names.Tag) -> bool:
        if scope.kind is names.Kind.UNIT:
            return scope.name in self._on.units
        if scope.kind is names.Kind.APPLICATION:
            return any(unit.application == scope.name for unit in self._on.units.values())
        return scope.name == self._on.identity.model_uuid

    async def begin_epoch(self, author: fleet.Author, claimed: Collection[int] = ()) -> None:
        """Begin an epoch."""
        self._check()
        base = self._on.newest
        number = epoch.next_number(self._on.epoch.number, author.at, claimed)
        self._on.epoch = epoch.Epoch(number, base, author.at, author.who, author.why)
        self._change(fleet.ChangeKind.EPOCH, "", author, begun=self._on.epoch)
        self._publish(base)

    async def set_maintenance(self, wanted: maintenance.Maintenance | None, author: fleet.Author) -> None:
        """Announce maintenance, or end it."""
        self._check()
        if wanted is None and self._on.maintenance is None:
            return
        first = len(self._on.changes)
        self._on.maintenance = wanted
        self._change(fleet.ChangeKind.MAINTENANCE, "", author, announced=wanted)
        self._publish(first)

    async def set_password_hash(
        self, name: str, password_hash: str, author: fleet.Author, added: int | None = None
    ) -> None:
        """Set the hash of a unit's password."""
        unit = self._get(name, added)
        if unit.password_hash == password_hash:
            return
        first = len(self._on.changes)
        self._change(fleet.ChangeKind.PASSWORD, name, author)
        self._on.units[name] = dataclasses.replace(unit, password_hash=password_hash)
        self._publish(first)

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
        key = _attempt(received)
        others = [kept for kept in self._on.deliveries if _attempt(kept) != key]
        of_unit = [kept for kept in others if kept.unit == received.unit]
        surplus = of_unit[: max(0, len(of_unit) + 1 - repository.DELIVERIES_KEPT)]
        shown = _shown([*others, received])
        gone = [kept for kept in surplus if kept not in shown]
        self._on.deliveries = [*(kept for kept in others if kept not in gone), received]
        self._on.reported += 1
        self._on.numbers[key] = self._on.reported
        self._on.former.discard(key)

    async def deliveries(
        self, unit: str = "", application: str = "", limit: int = 100
    ) -> Sequence[delivery_report.ReceivedReport]:
        """Return what was reported, newest first."""
        self._check()
        chosen = (
            kept
            for kept in reversed(self._on.deliveries)
            if (kept.unit == unit if unit else application in ("", names.application_of(kept.unit)))
        )
        return list(itertools.islice(chosen, limit))

    async def newest_deliveries(self) -> delivery_report.Reported:
        """Return the newest report of each unit's status hook, and the newest that is a delivery."""
        self._check()
        shown = sorted(_shown(self._of_present()), key=lambda kept: kept.unit)
        return delivery_report.Reported(shown, self._on.reported)

    async def reports_after(self, number: int, limit: int) -> delivery_report.Reported:
        """Return what was reported after a number."""
        self._check()
        numbers = self._on.numbers
        found = [kept for kept in self._of_present() if numbers[_attempt(kept)] > number][:limit]
        return delivery_report.Reported(found, numbers[_attempt(found[-1])] if found else self._on.reported)

    def _of_present(self) -> list[delivery_report.ReceivedReport]:
        return [kept for kept in self._on.deliveries if _attempt(kept) not in self._on.former]

    async def report_controller(self, name: str, addresses: Sequence[str], at: datetime.datetime) -> bool:
        """Put down a heartbeat."""
        self._check()
        known = self._on.controllers.get(name)
        started_at = at if known is None else known.started_at
        self._on.controllers[name] = presence.ControllerProcess(name, tuple(addresses), started_at, at)
        return known is None

    async def controllers(self) -> Sequence[presence.ControllerProcess]:
        """Return the controllers by name."""
        self._check()
        return [self._on.controllers[name] for name in sorted(self._on.controllers)]

    async def forget_controller(self, name: str) -> None:
        """Take a controller out."""
        self._check()
        gone = self._on.controllers.pop(name, None)
        if gone is None:
            return
        for contact in tuple(self._on.presence.values()):
            if contact.controller == name:
                self._on.presence[contact.unit] = presence.after_death(contact, gone.seen_at)

    async def record_presence(self, by: str, contacts: Sequence[presence.Contact]) -> None:
        """Write what a controller knows of units."""
        self._check()
        for contact in contacts:
            held = self._on.presence.get(contact.unit)
            is_news = held is None or held.controller == by
            if held is not None and not is_news and held.since <= contact.since:
                is_news = bool(contact.controller) or not held.controller
            if is_news and contact.unit in self._on.units:
                self._on.presence[contact.unit] = contact

    async def presence(self) -> Sequence[presence.Contact]:
        """Return what is known of every unit."""
        self._check()
        return [self._on.presence[unit] for unit in sorted(self._on.presence)]

    async def history(
        self, unit: str = "", application: str = "", before: int | None = None, limit: int = 100
    ) -> Sequence[fleet.Change]:
        """Return changes, newest first."""
        self._check()
        chosen = [
            change
            for change in reversed(self._on.changes)
            if before is None or change.revision < before
            if (change.unit == unit if unit else application in ("", change.application))
        ]
        return chosen[:limit]

    def _look(self, looked_at: int) -> None:
        self._check()
        if looked_at != self._on.newest:
            raise errors.FleetMovedOnError(f"the fleet has changed since revision {looked_at}")

    async def set_level(
        self,
        scope: names.Tag,
        wanted: status.MeterStatus | None,
        author: fleet.Author,
        looked_at: int,
        until: datetime.datetime | None = None,
    ) -> None:
        """Set the status of an application or the model."""
        self._look(looked_at)
        held = self._on.levels.get(scope)
        if scope.kind is names.Kind.APPLICATION and held is None and not self._is_there(scope):
            raise errors.NotFoundError(f'application "{scope.name}"')
        old, old_limit = (None, None) if held is None else (held.status, held.limit)
        limit = time_limit.laid(until, old, old_limit)
        first = len(self._on.changes)
        if (old, old_limit) != (wanted, limit):
            self._put_level(scope, wanted, author, limit)
        self._publish(first)

    def _put_level(
        self,
        scope: names.Tag,
        new: status.MeterStatus | None,
        author: fleet.Author,
        limit: time_limit.TimeLimit | None,
        ended: int = 0,
    ) -> None:
        held = self._on.levels.get(scope)
        revision = self._change(
            fleet.ChangeKind.LEVEL,
            "",
            author,
            held and held.status,
            new,
            of_level=scope,
            limit=limit,
            old_limit=held and held.limit,
            ended=ended,
        )
        if new is None:
            # An undo is a change also where nothing was there, and what would come back is over.
            self._on.levels.pop(scope, None)
        else:
            self._on.levels[scope] = level.Level(scope, new, revision, author.at, limit)

    async def set_statuses(
        self,
        units: Collection[str],
        wanted: status.MeterStatus,
        author: fleet.Author,
        looked_at: int,
        until: datetime.datetime | None = None,
    ) -> None:
        """Set the status of many units."""
        self._look(looked_at)
        chosen = [unit for name, unit in sorted(self._on.units.items()) if name in units]
        self._set_status(chosen, wanted, author, looked_at + 1, until)

    async def end_due(self, now: datetime.datetime) -> datetime.datetime | None:
        """End what is over."""
        self._check()
        due = self._ends()
        if due and due[0][0] <= now:
            first = len(self._on.changes)
            self._end(*due[0], now)
            self._publish(first)
        return min((until for until, _ in self._ends()), default=None)

    def _ends(self) -> list[tuple[datetime.datetime, int]]:
        limited = [*self._on.units.values(), *self._on.levels.values()]
        return sorted((one.limit.until, one.revision) for one in limited if one.limit is not None)

    def _end(self, until: datetime.datetime, revision: int, now: datetime.datetime) -> None:
        (setting,) = [change for change in self._on.changes if change.revision == revision]
        who = setting.author.who
        why = time_limit.why_ended(revision, names.parse_tag(who).name, setting.author.at, until)
        author, batch = fleet.Author(who, now, why), self._on.newest + 1
        if setting.level is not None:
            assert setting.limit is not None
            self._put_level(setting.level, setting.limit.beneath, author, None, revision)
            return
        of = {revision} | {
            change.revision for change in self._on.changes if change.batch and change.batch == setting.batch
        }
        for _, unit in sorted(self._on.units.items()):
            if unit.limit is not None and unit.revision in of and unit.limit.until <= now:
                assert unit.limit.beneath is not None
                self._put_status(unit, unit.limit.beneath, author, batch, None, unit.revision)

    async def batch_of(self, revision: int) -> Sequence[fleet.Change]:
        """Return a change and all of the same call."""
        self._check()
        batch = {change.batch for change in self._on.changes if change.revision == revision} - {0}
        return [each for each in self._on.changes if each.revision == revision or each.batch in batch]

    async def undo(self, revision: int, author: fleet.Author, looked_at: int) -> None:
        """Put back what a change has changed."""
        self._look(looked_at)
        undone = await self.batch_of(revision)
        if not undone:
            raise errors.NotFoundError(f"change {revision}")
        undoable = (fleet.ChangeKind.SET, fleet.ChangeKind.LEVEL, fleet.ChangeKind.POLICY)
        for change in undone:
            if change.ended:
                raise errors.NotValidError(f"undoing revision {change.revision}, which ended {change.ended},")
            if change.kind not in undoable:
                what = change.kind.value
                raise errors.NotValidError(f"undoing revision {change.revision}, which did {what!r},")
        moved_on = [self._moved_on(change) for change in undone]
        if any(moved_on):
            raise errors.ChangedSinceError(f"{', '.join(filter(None, moved_on))} changed since")
        first = len(self._on.changes)
        for change in undone:
            self._undo(change, author, looked_at + 1)
        self._publish(first)

    def _moved_on(self, change: fleet.Change) -> str:
        if change.level is not None:
            held = self._on.levels.get(change.level)
            is_same = held.revision == change.revision if held is not None else change.new is None
            return "" if is_same else str(change.level)
        if change.policy is not None:
            ruled = self._on.rulings.get(change.policy.scope)
            return "" if (ruled and ruled.policy) == change.policy.new else str(change.policy.scope)
        unit = self._on.units.get(change.unit)
        return "" if unit is not None and unit.revision == change.revision else change.unit

    def _undo(self, change: fleet.Change, author: fleet.Author, batch: int) -> None:
        back, limit = time_limit.put_back(change.old, change.old_limit, author.at)
        if change.level is not None:
            self._put_level(change.level, back, author, limit)
        elif change.policy is not None:
            self._put_policy(change.policy.scope, change.policy.new, change.policy.old, author)
        else:
            assert back is not None
            self._put_status(self._on.units[change.unit], back, author, batch, limit)

    async def prune(self, keep: retention.Retention, now: datetime.datetime, limit: int) -> retention.Pruned:
        """Remove what is kept long enough."""
        self._check()
        edges = keep.edges(now, self._on.newest)
        stood_on = {one for unit in self._on.units.values() for one in (unit.revision, unit.added)}
        stood_on |= {held.revision for held in self._on.rulings.values()}
        stood_on |= {held.revision for held in self._on.levels.values()}
        gone = [
            change.revision
            for change in self._on.changes
            if change.revision not in stood_on and edges.drops_change(change.revision, change.author.at)
        ][:limit]
        shown = _shown(self._on.deliveries)
        newest = {kept.unit: number for number, kept in enumerate(self._on.deliveries) if kept in shown}
        reports = [
            kept
            for number, kept in enumerate(self._on.deliveries)
            if edges.drops_report(kept.received_at)
            and number < newest.get(kept.unit, 0)
            and kept not in shown
        ][:limit]
        self._on.changes = [change for change in self._on.changes if change.revision not in gone]
        self._on.deliveries = [kept for kept in self._on.deliveries if kept not in reports]
        self._on.removed_up_to = max(self._on.removed_up_to, *gone, 0)
        return retention.Pruned(len(gone), len(reports))

    async def removed_up_to(self) -> int:
        """Return the highest revision whose change was ever removed."""
        self._check()
        return self._on.removed_up_to

    async def close(self) -> None:
        """Refuse every later call."""
        self._on.followers.pop(self, None)
        self._on.reloaded.pop(self, None)
        self.failure = errors.StoreUnavailableError("the database is closed")


def _shown(reports: Sequence[delivery_report.ReceivedReport]) -> list[delivery_report.ReceivedReport]:
    """Return of each unit the newest report of its status hook and the newest that is a delivery."""
    of_status = [kept for kept in reports if kept.report.hook is telling.HookKind.CHANGED]
    newest = {kept.unit: kept for kept in of_status}
    told = {kept.unit: kept for kept in of_status if kept.report.outcome.is_delivery}
    return [kept for kept in of_status if kept in (newest[kept.unit], told.get(kept.unit))]


def _attempt(received: delivery_report.ReceivedReport) -> tuple[str, str, str, int]:
    report = received.report
    return received.unit, report.hook, report.delivery_id, report.attempt
