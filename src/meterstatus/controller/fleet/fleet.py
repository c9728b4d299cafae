"""The fleet in memory: what everything that is asked often is answered from.

Memory changes only by the updates that the repository tells, so what is served is what is stored. Who may ask
for what, and every change that is asked for, is ``service``'s.
"""

import asyncio
import collections
import datetime
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence

from meterstatus import errors
from meterstatus.controller import slices
from meterstatus.controller.fleet import (
    change_log,
    claims,
    hook_reports,
    levels,
    model_watchers,
    next_expiry,
    policies,
    presence,
    reloading,
    watchers,
)
from meterstatus.domain import epoch as epochs
from meterstatus.domain import maintenance as maintenances
from meterstatus.domain import names, slicing
from meterstatus.domain.fleet import presence as presences
from meterstatus.domain.fleet import records
from meterstatus.ports import repository, time

_NOT_CERTAIN = datetime.timedelta(days=1)
"""How long ago it was certain, where nothing is: longer than anybody waits."""


class Fleet:
    """Everything that is known of the fleet.

    Attributes are for reading. The name is this process's among the controllers.

    Attributes:
        identity: which controller this is.
        users: by name.
        units: by name.
        applications: how many units each has; one of none is not there.
        levels: every status that is set for an application or the model.
        policies: every policy that is set.
        revision: of the newest change in memory.
        epoch: which one it is in.
        claims: what agents have heard that is not here.
        rolled_back_to: the revision of the store, where that was found to be below ``revision``; 0 otherwise.
        watchers: of the units.
        model_watchers: of the model that the units are in.
        presence: whose agents are connected.
        on_rolled_back: called after everything was taken anew; must not wait.
        hook_reports: what hooks were last reported to be told.
        next_expiry: when something that is set for a time ends.
        controllers: which ones ran at the last heartbeat, this one included.
    """

    def __init__(self, store: repository.Repository, clock: time.Clock, name: str = "controller") -> None:
        self._store = store
        self._clock = clock
        self.identity: records.Identity
        self.users: Mapping[str, records.User] = {}
        self.units: dict[str, records.Unit] = {}
        self.applications: collections.Counter[str] = collections.Counter()
        self.levels: levels.Levels
        self._to_restate: dict[str, None] = {}
        """Units that may stand under other levels than they say."""

        self.policies: policies.Policies
        self.revision = 0
        self.epoch = epochs.Epoch()
        self.claims = claims.Claims()
        self.rolled_back_to = 0
        self._maintenance: maintenances.Maintenance | None = None
        self.watchers = watchers.Watchers()
        self.model_watchers = model_watchers.ModelWatchers()
        self.presence = presence.Presence(clock, name)
        self.hook_reports = hook_reports.HookReports()
        self.next_expiry = next_expiry.NextExpiry()
        self._reloading: slicing.Steps[reloading.Reloaded] | None = None
        self._updates_since: list[records.Update] = []
        self.controllers: Sequence[presences.ControllerProcess] = ()
        self.on_rolled_back: Callable[[], None] = _pass_over

    async def start(self) -> None:
        """Load everything and follow what changes.

        Raises:
            StoreUnavailableError: the repository failed.
        """
        loaded = await self._store.follow(self._on_updates, self._on_reloaded)
        self._take(slicing.at_once(reloading.steps(loaded, self.units)))
        reported = await self._store.newest_deliveries()
        await self._store.catch_up()  # a unit that was added since is reported of, and is not known yet
        self.hook_reports.load(reported, self.units)

    def _take(self, made: reloading.Reloaded) -> None:
        loaded = made.loaded
        self.identity, self.users = loaded.identity, made.users
        self.levels, self.policies = made.levels, made.policies
        self.units, self.applications = made.units, made.applications
        self.revision, self.epoch = loaded.revision, loaded.epoch
        self._maintenance = loaded.maintenance

    def _on_reloaded(self, loaded: records.Fleet) -> None:
        """Take everything anew, because the store was rolled back, and tell everybody to look.

        It is made beside what is there, of many units in later turns, and takes its place at once.
        """
        if self._reloading is None:
            asyncio.get_running_loop().call_soon(self._reload_some)
        self._reloading, self._updates_since = reloading.steps(loaded, self.units), []

    def _reload_some(self) -> None:
        assert self._reloading is not None, "it goes on until it is done"
        try:
            next(self._reloading)
        except StopIteration as ended:
            self._reloading, since = None, self._updates_since
            self._put_in_place(ended.value)
            if since:
                self._on_updates(since)
            return
        asyncio.get_running_loop().call_soon(self._reload_some)

    def _put_in_place(self, made: reloading.Reloaded) -> None:
        before = self.units
        self._take(made)
        self.hook_reports.doubt()
        for name in made.gone:
            self._forget_contact(name)
        for name in made.new:
            self.presence.added(name)
        everybody = dict.fromkeys((*before, *self.units))
        self.watchers.notify(everybody)
        self.model_watchers.note_reloaded(before, self.units)
        self.next_expiry.note_reloaded()
        self.on_rolled_back()

    def _on_updates(self, updates: Sequence[records.Update]) -> None:
        if self._reloading is not None:
            self._updates_since += updates
            return
        # A dict, not a set: agents are told in the order of the changes.
        touched: dict[str, None] = {}
        is_restating = bool(self._to_restate)
        for update in updates:
            touched.update(dict.fromkeys(self._apply(update)))
            if update.change.limit is not None:
                self.next_expiry.note(update.change.limit.until)
        self.revision = updates[-1].change.revision
        self.watchers.notify(touched)
        self.model_watchers.note(updates)
        if not is_restating:
            self._restate_some()
        # Later: what was just notified goes out first, and writing a log can be slow.
        asyncio.get_running_loop().call_soon(change_log.write, updates)

    def _apply(self, update: records.Update) -> Iterable[str]:
        """Take a change into memory, and return the units whose agents must hear of it."""
        change = update.change
        if change.is_of_all:
            self.epoch = change.epoch or self.epoch
            if change.kind is records.ChangeKind.MAINTENANCE:
                self._maintenance = change.maintenance
            return self.units
        if change.level is not None:
            self.levels.apply(change)
            self._to_restate.update(dict.fromkeys(self.units))
            return ()
        if change.policy is not None:
            return self.policies.apply(change.policy, change.revision, self.units)
        self._put(change.unit, update.unit)
        if change.kind is records.ChangeKind.REMOVE:
            self.policies.forget(change.unit)
            self.claims.forget(change.unit)
        return () if change.kind is records.ChangeKind.PASSWORD else (change.unit,)

    def _restate_some(self) -> None:
        """Let units stand under the levels as they are, of many the others in later turns.

        Only who is told something else has to hear of it.
        """
        heard: list[str] = []
        for name in list(itertools.islice(self._to_restate, slices.SIZE)):
            del self._to_restate[name]
            unit = self.units.get(name)
            if unit is not None and (stands := self.levels.under(unit)) is not unit:
                self.units[name] = stands
                if stands.effective != unit.effective:
                    heard.append(name)
        self.watchers.notify(heard)
        self.model_watchers.note_changed(heard)
        if self._to_restate:
            asyncio.get_running_loop().call_soon(self._restate_some)

    async def settled(self) -> None:
        """Return once all that was told is in memory, and every unit stands under the levels there are."""
        while self._to_restate or self._reloading is not None:  # noqa: ASYNC110 - it takes a known number of turns, each of which does some
            await asyncio.sleep(0)

    def _put(self, name: str, unit: records.Unit | None) -> None:
        if unit is not None:
            if name not in self.units:
                self.applications[names.application_of(name)] += 1
                self.presence.added(name)
            self.units[name] = self.levels.under(unit)
        elif self.units.pop(name, None) is not None:
            self.applications[names.application_of(name)] -= 1
            self._forget_contact(name)

    def _forget_contact(self, name: str) -> None:
        """Forget what is known of the agent and the hook of a unit that is gone."""
        self.presence.removed(name)
        self.hook_reports.forget(name)

    def find(self, agent: records.Agent) -> records.Unit | None:
        """Return the unit that an agent acts for; None where it is gone, even if one of its name is back."""
        unit = self.units.get(agent.unit)
        return unit if unit is not None and unit.added == agent.added else None

    def unit_of(self, agent: records.Agent) -> records.Unit:
        """Return the unit that an agent acts for.

        Raises:
            NotFoundError: it was removed since the agent logged in, even if one of its name is back.
        """
        unit = self.find(agent)
        if unit is None:
            raise errors.NotFoundError(f'unit "{agent.unit}"')
        return unit

    def check_exists(self, tag: names.Tag) -> None:
        """Check that the unit or application of a tag is there; an application is there with its first unit.

        Raises:
            NotFoundError: it is not.
        """
        if not self.exists(tag):
            raise errors.NotFoundError(f'{tag.kind.value} "{tag.name}"')

    def exists(self, tag: names.Tag) -> bool:
        """Tell whether the unit or application of a tag is there."""
        known = self.units if tag.kind is names.Kind.UNIT else self.applications
        return bool(known.get(tag.name))

    def unconfirmed_for(self) -> datetime.timedelta:
        """Return how long ago it was last certain that what is in memory is what is stored."""
        if self._reloading is not None:
            # The store has confirmed what takes its place in a moment, and not what is served until then.
            return _NOT_CERTAIN
        return self._store.unconfirmed_for()

    async def catch_up(self) -> None:
        """Return once everything that any controller has committed by now is known here.

        Raises:
            StoreUnavailableError: the repository failed.
        """
        await self._store.catch_up()
        await self.settled()

    @property
    def place(self) -> epochs.Place:
        """Where this controller is: what its words take into account."""
        return self.epoch.place(self.revision)

    @property
    def maintenance(self) -> maintenances.Maintenance | None:
        """What is announced; None where nothing is, or it is over."""
        return self._maintenance if self.maintenance_rest else None

    @property
    def maintenance_rest(self) -> datetime.timedelta:
        """What is left of announced maintenance."""
        if self._maintenance is None:
            return maintenances.NOTHING
        return self._maintenance.rest(self._clock.now())

    async def look_at_store(self) -> int:
        """Return the newest revision of the store; one below what was read from it before is noted.

        Raises:
            StoreUnavailableError: the repository failed.
        """
        known = self.revision
        newest = await self._store.history(limit=1)
        stored = newest[0].revision if newest else 0
        self.rolled_back_to = stored if stored < known else 0
        return stored

    def arrived(self, agent: records.Agent) -> None:
        """Take note of an agent that logged in."""
        if self.presence.arrived(agent.unit):
            self.model_watchers.note_contact(agent.unit)

    def left(self, agent: records.Agent) -> None:
        """Take note that the connection of an agent that arrived has ended."""
        if self.presence.left(agent.unit, is_there=agent.unit in self.units):
            self.model_watchers.note_contact(agent.unit)


def _pass_over() -> None:
    """Do nothing about it."""
