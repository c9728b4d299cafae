"""A controller's database in memory: what is stored, and how each change is put down."""

import dataclasses
from collections.abc import Iterable

from harness.repository import presences, reports
from meterstatus import errors
from meterstatus.domain import epoch, maintenance, names, policy, status
from meterstatus.domain.fleet import effective_policy, level, records, time_limit
from meterstatus.ports import repository

IDENTITY = records.Identity(
    controller_uuid="0d9dbb38-3b4c-4f3b-8a55-6d5a4a1c4a10",
    model_uuid="5f1f9c2e-8f0e-4a43-9d3c-0a4f5b6c7d8e",
    model_name="default",
    hosts=("127.0.0.1",),
    port=17070,
)
"""Some controller."""

USERS = (
    records.User("ann", "salt", "hash", records.Access.READ, enabled=False),
    records.User("bob", "pepper", "mash", records.Access.ADMIN),
)
"""Some users, by name."""


class MemoryDatabase:
    """What is stored: it outlives the controllers that have a ``MemoryRepository`` on it.

    Attributes:
        followers: who is told of changes, by the repository that follows.
        reloaded: who is told that another database has taken this one's place.
    """

    def __init__(self, identity: records.Identity = IDENTITY, users: Iterable[records.User] = ()) -> None:
        self.identity = identity
        self.users = tuple(users)
        self.units: dict[str, records.Unit] = {}
        self.states: dict[str, dict[str, str]] = {}
        self.rulings: dict[names.Tag, effective_policy.Ruling] = {}
        self.levels: dict[names.Tag, level.Level] = {}
        self.changes: list[records.Change] = []
        self.epoch = epoch.Epoch()
        self.maintenance: maintenance.Maintenance | None = None
        self.newest = 0
        self.removed_up_to = 0
        self.reports = reports.Reports()
        self.presences = presences.Presences()
        self.followers: dict[object, repository.Follower] = {}
        self.reloaded: dict[object, repository.Reloaded] = {}

    def copy(self) -> "MemoryDatabase":
        """Return what a backup holds: all of it, and nobody who follows."""
        made = MemoryDatabase(self.identity, self.users)
        made.units, made.changes = dict(self.units), list(self.changes)
        made.epoch, made.maintenance = self.epoch, self.maintenance
        made.rulings, made.levels = dict(self.rulings), dict(self.levels)
        made.newest, made.removed_up_to = self.newest, self.removed_up_to
        made.states = {name: dict(fields) for name, fields in self.states.items()}
        made.reports, made.presences = self.reports.copy(), self.presences.copy()
        return made

    def everything(self) -> records.Fleet:
        """Return all that a controller has in memory."""
        units = sorted(self.units.values(), key=lambda unit: unit.name)
        rulings = sorted(self.rulings.values(), key=lambda held: str(held.scope))
        return records.Fleet(
            self.identity,
            self.users,
            tuple(units),
            tuple(rulings),
            self.newest,
            self.epoch,
            self.maintenance,
            tuple(sorted(self.levels.values(), key=lambda held: str(held.scope))),
        )

    def get(self, name: str, added: int | None = None) -> records.Unit:
        """Return a unit, where it is the one that a revision added. Raises NotFoundError."""
        unit = self.units.get(name)
        if unit is None or added not in (None, unit.added):
            raise errors.NotFoundError(f'unit "{name}"')
        return unit

    def is_there(self, scope: names.Tag) -> bool:
        """Tell whether the unit, application or model is there."""
        if scope.kind is names.Kind.UNIT:
            return scope.name in self.units
        if scope.kind is names.Kind.APPLICATION:
            return any(unit.application == scope.name for unit in self.units.values())
        return scope.name == self.identity.model_uuid

    def change(
        self,
        kind: records.ChangeKind,
        name: str,
        author: records.Author,
        old: status.MeterStatus | None = None,
        new: status.MeterStatus | None = None,
        policy_change: effective_policy.PolicyChange | None = None,
        begun: epoch.Epoch | None = None,
        announced: maintenance.Maintenance | None = None,
        *,
        of_level: names.Tag | None = None,
        batch: int = 0,
        limit: time_limit.TimeLimit | None = None,
        old_limit: time_limit.TimeLimit | None = None,
        ended: int = 0,
    ) -> int:
        """Enter a change in the history and return its revision; nobody is told yet."""
        self.newest += 1
        revision = self.newest
        self.changes.append(
            records.Change(
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

    def publish(self, first: int) -> None:
        """Tell everybody of the changes from a place in the history on."""
        changes = self.changes[first:]
        if changes:
            updates = [records.Update(change, self.units.get(change.unit)) for change in changes]
            for follower in tuple(self.followers.values()):
                follower(updates)

    def put_status(
        self,
        unit: records.Unit,
        wanted: status.MeterStatus,
        author: records.Author,
        batch: int,
        limit: time_limit.TimeLimit | None,
        ended: int = 0,
    ) -> None:
        """Set a unit's status, whatever it was."""
        revision = self.change(
            records.ChangeKind.SET,
            unit.name,
            author,
            unit.status,
            wanted,
            batch=batch,
            limit=limit,
            old_limit=unit.limit,
            ended=ended,
        )
        self.units[unit.name] = dataclasses.replace(
            unit, status=wanted, revision=revision, since=author.at, limit=limit
        )

    def put_policy(
        self,
        scope: names.Tag,
        old: policy.Policy | None,
        wanted: policy.Policy | None,
        author: records.Author,
    ) -> None:
        """Set a scope's policy, or take it away."""
        change = effective_policy.PolicyChange(scope, old, wanted)
        revision = self.change(records.ChangeKind.POLICY, change.unit, author, policy_change=change)
        if wanted is None:
            del self.rulings[scope]
        else:
            self.rulings[scope] = effective_policy.Ruling(scope, wanted, revision)

    def put_level(
        self,
        scope: names.Tag,
        new: status.MeterStatus | None,
        author: records.Author,
        limit: time_limit.TimeLimit | None,
        ended: int = 0,
    ) -> None:
        """Set the status of a scope, or take it away."""
        held = self.levels.get(scope)
        revision = self.change(
            records.ChangeKind.LEVEL,
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
            self.levels.pop(scope, None)
        else:
            self.levels[scope] = level.Level(scope, new, revision, author.at, limit)
