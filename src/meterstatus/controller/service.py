"""What a controller does: the use cases, and who may ask for which (architecture, 5).

Everything that is asked often is answered from memory. Memory changes only by the updates that the
repository tells, so what is served is what is stored.
"""

import asyncio
import collections
import datetime
import fnmatch
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence

from meterstatus import errors
from meterstatus.controller import (
    change_log,
    delivered,
    hearsay,
    levels,
    model_watchers,
    presence,
    refusals,
    rulings,
    supposition,
    watchers,
)
from meterstatus.domain import (
    blast_radius,
    delivery_report,
    fleet,
    names,
    passwords,
    policy,
    ruling,
    status,
)
from meterstatus.domain import epoch as epochs
from meterstatus.domain import maintenance as maintenances
from meterstatus.ports import repository, time


class Service:
    """The fleet in memory, and every change to it.

    Made with ``start``. Attributes are for reading. The name is this process's among the controllers.

    Attributes:
        blast_radius: how much of the model one change may turn RED, where the change itself does not say.
        store: what the fleet is kept in.
        identity: which controller this is.
        users: by name.
        units: by name.
        applications: how many units each has; one of none is not there.
        levels: every status that is set for an application or the model.
        rulings: every policy that is set.
        revision: of the newest change in memory.
        epoch: which one it is in.
        hearsay: what agents have heard that is not here.
        led_back_to: the revision of the store, where that was found to be below ``revision``; 0 otherwise.
        watchers: of the units.
        model_watchers: of the model that the units are in.
        presence: whose agents are connected.
        on_led_back: called after everything was taken anew; must not wait.
        delivered: what hooks were last reported to be told.
    """

    def __init__(
        self,
        store: repository.Repository,
        clock: time.Clock,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
        name: str = "controller",
        radius: blast_radius.BlastRadius | None = None,
    ) -> None:
        self.store = store
        self.blast_radius = radius or blast_radius.BlastRadius()
        self._clock = clock
        self._random_bytes = random_bytes
        self.identity: fleet.Identity
        self.users: Mapping[str, fleet.User] = {}
        self.units: dict[str, fleet.Unit] = {}
        self.applications: collections.Counter[str] = collections.Counter()
        self.levels: levels.Levels
        self.rulings: rulings.Rulings
        self.revision = 0
        self.epoch = epochs.Epoch()
        self.hearsay = hearsay.Hearsay()
        self.led_back_to = 0
        self._maintenance: maintenances.Maintenance | None = None
        self.watchers = watchers.Watchers()
        self.model_watchers = model_watchers.ModelWatchers()
        self.presence = presence.Presence(clock, name)
        self.delivered = delivered.Delivered()
        self.on_led_back: Callable[[], None] = _pass_over

    async def start(self) -> None:
        """Load everything and follow what changes.

        Raises:
            StoreUnavailableError: the repository failed.
        """
        self._take(await self.store.follow(self._on_updates, self._on_reloaded))
        self.delivered.load(await self.store.newest_deliveries(), self.units)

    def _take(self, loaded: fleet.Fleet) -> None:
        self.identity = loaded.identity
        self.users = {user.name: user for user in loaded.users}
        self.levels = levels.Levels(loaded.identity.model_uuid, loaded.levels)
        self.units = {unit.name: self.levels.under(unit) for unit in loaded.units}
        self.rulings = rulings.Rulings(loaded.identity.model_uuid, loaded.rulings)
        self.applications = collections.Counter(unit.application for unit in loaded.units)
        self.revision, self.epoch = loaded.revision, loaded.epoch
        self._maintenance = loaded.maintenance

    def _on_reloaded(self, loaded: fleet.Fleet) -> None:
        """Take everything anew, because the store was led back, and tell everybody to look."""
        before = self.units
        self._take(loaded)
        for name in before.keys() - self.units.keys():
            self.presence.removed(name)
        for name in self.units.keys() - before.keys():
            self.presence.added(name)
        everybody = dict.fromkeys((*before, *self.units))
        self.watchers.notify(everybody)
        self.model_watchers.note_reloaded(before, self.units)
        self.on_led_back()

    def _on_updates(self, updates: Sequence[fleet.Update]) -> None:
        # A dict, not a set: agents are told in the order of the changes.
        touched: dict[str, None] = {}
        for update in updates:
            touched.update(dict.fromkeys(self._apply(update)))
        self.revision = updates[-1].change.revision
        self.watchers.notify(touched)
        self.model_watchers.note(updates)
        # Later: what was just notified goes out first, and writing a log can be slow.
        asyncio.get_running_loop().call_soon(change_log.write, updates)

    def _apply(self, update: fleet.Update) -> Iterable[str]:
        """Take a change into memory, and return the units whose agents must hear of it."""
        change = update.change
        if change.is_of_all:
            self.epoch = change.epoch or self.epoch
            if change.kind is fleet.ChangeKind.MAINTENANCE:
                self._maintenance = change.maintenance
            return self.units
        if change.level is not None:
            return self._apply_level(change)
        if change.policy is not None:
            return self.rulings.apply(change.policy, change.revision, self.units)
        self._put(change.unit, update.unit)
        if change.kind is fleet.ChangeKind.REMOVE:
            self.rulings.forget(change.unit)
            self.hearsay.forget(change.unit)
        return () if change.kind is fleet.ChangeKind.PASSWORD else (change.unit,)

    def _apply_level(self, change: fleet.Change) -> Iterable[str]:
        """Take the change of a level into memory; only who is told something else has to hear of it."""
        self.levels.apply(change)
        heard: list[str] = []
        for name, unit in self.units.items():
            stands = self.levels.under(unit)
            if stands is not unit:
                self.units[name] = stands
                if stands.effective != unit.effective:
                    heard.append(name)
        self.model_watchers.note_changed(heard)
        return heard

    def _put(self, name: str, unit: fleet.Unit | None) -> None:
        if unit is not None:
            if name not in self.units:
                self.applications[names.application_of(name)] += 1
                self.presence.added(name)
            self.units[name] = self.levels.under(unit)
        elif self.units.pop(name, None) is not None:
            self.applications[names.application_of(name)] -= 1
            self.presence.removed(name)
            self.delivered.forget(name)

    def unit_of(self, agent: fleet.Agent) -> fleet.Unit:
        """Return the unit that an agent acts for.

        Raises:
            NotFoundError: it was removed since the agent logged in, even if one of its name is back.
        """
        unit = self.units.get(agent.unit)
        if unit is None or unit.added != agent.added:
            raise errors.NotFoundError(f'unit "{agent.unit}"')
        return unit

    async def set_status(
        self, user: fleet.User, tag_text: str, wanted: status.MeterStatus, reason: str = ""
    ) -> None:
        """Set the status of a unit, or of all units of an application, as one change of each.

        Raises:
            UnauthorizedError: the user may not.
            TagError, Refusal: the text is no tag, or one of another kind.
            NotFoundError: there is no such unit or application.
            NotValidError: the status cannot be set, or the reason is no line.
            BlastRadiusError: too many units would become RED; Juju's call cannot say that it is meant.
            StoreUnavailableError: nothing was set.
        """
        user.require(fleet.Access.WRITE)
        tag = names.parse_tag(tag_text)
        if tag.kind not in (names.Kind.UNIT, names.Kind.APPLICATION):
            raise refusals.Refusal(f"expected application or unit tag, got {tag.kind.value} tag {tag}")
        if not self.exists(tag):
            # Another controller may have added it just now.
            await self.store.catch_up()
        self.check_exists(tag)
        fleet.check_settable(wanted)
        author = self.author(user, reason)
        if tag.kind is names.Kind.UNIT:
            await self.store.set_unit_status(tag.name, wanted, author)
            return
        chosen = [unit for unit in self.units.values() if unit.application == tag.name]
        self.blast_radius.check(supposition.newly_red(chosen, wanted), len(self.units))
        await self.store.set_application_status(tag.name, wanted, author)

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
        return self.store.unconfirmed_for()

    async def catch_up(self) -> None:
        """Return once everything that any controller has committed by now is known here.

        Raises:
            StoreUnavailableError: the repository failed.
        """
        await self.store.catch_up()

    async def set_policy(
        self, user: fleet.User, tag_text: str, wanted: policy.Policy | None, reason: str = ""
    ) -> None:
        """Set when units escalate without us: of a unit, an application or the model; None takes it away.

        Only an admin: a status says what holds now, this for how long nobody can say otherwise.

        Raises:
            UnauthorizedError: the user may not.
            TagError, Refusal: the text is no tag, or one of another kind.
            NotFoundError: there is no such unit, no such application and no policy set for it, or it is
                another model's tag.
            NotValidError, ConfigError: the policy cannot be set (``policy.check``), or the reason is no line.
            StoreUnavailableError: nothing was set.
        """
        user.require(fleet.Access.ADMIN)
        scope = names.parse_tag(tag_text)
        if scope.kind not in (names.Kind.UNIT, names.Kind.APPLICATION, names.Kind.MODEL):
            raise refusals.Refusal(
                f"expected model, application or unit tag, got {scope.kind.value} tag {scope}"
            )
        if wanted is not None:
            policy.check(wanted)
        await self.store.set_policy(scope, wanted, self.author(user, reason))

    def policies(self, user: fleet.User) -> list[ruling.Ruling]:
        """Return every policy that is set, in the order of ``Rulings.everything``.

        Raises:
            UnauthorizedError: the user may not look.
        """
        user.require(fleet.Access.READ)
        return self.rulings.everything()

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

    async def begin_epoch(self, user: fleet.User, reason: str) -> None:
        """Have this controller's word hold for every unit, also for those that have heard a newer one.

        Raises:
            UnauthorizedError: the user may not.
            NotValidError: there is no reason, or it is no line.
            StoreUnavailableError: none has begun.
        """
        user.require(fleet.Access.ADMIN)
        if not reason:
            raise errors.NotValidError("a new epoch without a reason")
        await self.store.begin_epoch(self.author(user, reason), self.hearsay.epochs())

    async def announce_maintenance(
        self, user: fleet.User, span: datetime.timedelta | None, reason: str = ""
    ) -> None:
        """Announce that the controller may be away for a while from now on; None ends it.

        Raises:
            UnauthorizedError: the user may not.
            NotValidError: it may not be so long, or the reason is no line.
            StoreUnavailableError: nothing was announced.
        """
        user.require(fleet.Access.ADMIN)
        author = self.author(user, reason)
        if span is None:
            await self.store.set_maintenance(None, author)
            return
        maintenances.check(span)
        announced = maintenances.Maintenance(author.at, author.at + span, author.who, author.why)
        await self.store.set_maintenance(announced, author)

    async def hear_of(self, agent: fleet.Agent, said: epochs.Place) -> bool:
        """Take note of what an agent has heard, and tell whether the store has it.

        The store is asked, and not memory: what another controller has just written may not be here yet.

        Raises:
            NotFoundError: its unit was removed.
            StoreUnavailableError: the repository failed.
        """
        self.unit_of(agent)
        stored = await self.look_at_store()
        return self.hearsay.hear(agent.unit, said, self.epoch.place(stored))

    async def look_at_store(self) -> int:
        """Return the newest revision of the store; one below what was read from it before is noted.

        Raises:
            StoreUnavailableError: the repository failed.
        """
        known = self.revision
        newest = await self.store.history(limit=1)
        stored = newest[0].revision if newest else 0
        self.led_back_to = stored if stored < known else 0
        return stored

    async def add_unit(
        self, user: fleet.User, name: str, initial: status.MeterStatus | None, reason: str = ""
    ) -> str:
        """Add a unit and return its agent's password, which is kept nowhere.

        Args:
            user: who adds it.
            name: the unit's name.
            initial: its first status; None leaves it NOT SET.
            reason: for the history.

        Raises:
            UnauthorizedError: the user may not.
            NotValidError: the name is no unit name, the status cannot be set, or the reason is no line.
            ConflictError: there is one of that name.
            StoreUnavailableError: none was added.
        """
        user.require(fleet.Access.ADMIN)
        names.application_of(name)
        if initial is not None:
            fleet.check_settable(initial)
        author = self.author(user, reason)
        password = passwords.from_random(self._random_bytes(passwords.AGENT_PASSWORD_BYTES))
        hashed = passwords.agent_hash(password)
        await self.store.add_unit(name, hashed, initial or fleet.NOT_SET, author)
        return password

    async def remove_unit(self, user: fleet.User, name: str, reason: str = "") -> None:
        """Remove a unit and what it stored.

        Raises:
            UnauthorizedError: the user may not.
            NotFoundError: there is none of that name.
            NotValidError: the reason is no line.
            StoreUnavailableError: it is still there.
        """
        user.require(fleet.Access.ADMIN)
        await self.store.remove_unit(name, self.author(user, reason))

    def find_units(self, user: fleet.User, patterns: Sequence[str] = ()) -> list[fleet.Unit]:
        """Return the units whose name or application matches a shell pattern, as a person counts them.

        No patterns match everything.

        Raises:
            UnauthorizedError: the user may not look.
        """
        user.require(fleet.Access.READ)
        found = [unit for unit in self.units.values() if not patterns or _matches(unit, patterns)]
        return sorted(found, key=lambda unit: (unit.application, names.unit_number(unit.name)))

    async def history(
        self, user: fleet.User, entity: str = "", before: int | None = None, limit: int = 100
    ) -> Sequence[fleet.Change]:
        """Return changes, newest first, of a unit, an application or ("") everything.

        Raises:
            UnauthorizedError: the user may not look.
            NotValidError: the entity is no name of a unit or application.
            StoreUnavailableError: the repository failed.
        """
        user.require(fleet.Access.READ)
        return await self.store.history(*_entity(entity), before, limit)

    async def removed_up_to(self, user: fleet.User) -> int:
        """Return up to which revision old changes are no longer kept. Raises as ``history``."""
        user.require(fleet.Access.READ)
        return await self.store.removed_up_to()

    async def deliveries(
        self, user: fleet.User, entity: str = "", limit: int = 100
    ) -> Sequence[delivery_report.ReceivedReport]:
        """Return what agents reported, newest first; see ``history``."""
        user.require(fleet.Access.READ)
        return await self.store.deliveries(*_entity(entity), limit)

    async def set_password(self, agent: fleet.Agent, password: str) -> None:
        """Give an agent the password that it wants.

        Raises:
            NotFoundError: its unit was removed.
            MeterStatusError: the password is too short.
            StoreUnavailableError: it has the former one.
        """
        self.unit_of(agent)
        passwords.check_agent_password(password)
        author = fleet.Author(agent.tag, self._clock.now())
        await self.store.set_password_hash(agent.unit, passwords.agent_hash(password), author)

    async def unit_state(self, agent: fleet.Agent) -> Mapping[str, str]:
        """Return what an agent's unit has stored. Raises NotFoundError, StoreUnavailableError."""
        self.unit_of(agent)
        return await self.store.unit_state(agent.unit)

    async def change_unit_state(self, agent: fleet.Agent, changes: Mapping[str, str]) -> None:
        """Store for an agent's unit. Raises NotFoundError, QuotaError, StoreUnavailableError."""
        self.unit_of(agent)
        await self.store.change_unit_state(agent.unit, changes)

    async def record_delivery(self, agent: fleet.Agent, report: delivery_report.DeliveryReport) -> None:
        """Keep what an agent reports of its unit's hook. Raises NotFoundError, StoreUnavailableError."""
        self.unit_of(agent)
        shortened = delivery_report.shortened(report)
        received = delivery_report.ReceivedReport(agent.unit, self._clock.now(), shortened)
        await self.store.record_delivery(received)
        if agent.unit in self.units:
            self.delivered.note(received)

    def arrived(self, agent: fleet.Agent) -> None:
        """Take note of an agent that logged in."""
        if self.presence.arrived(agent.unit):
            self.model_watchers.note_contact(agent.unit)

    def left(self, agent: fleet.Agent) -> None:
        """Take note that the connection of an agent that arrived has ended."""
        if self.presence.left(agent.unit, is_there=agent.unit in self.units):
            self.model_watchers.note_contact(agent.unit)

    def now(self) -> datetime.datetime:
        """Return what time it is here."""
        return self._clock.now()

    def author(self, user: fleet.User, reason: str) -> fleet.Author:
        """Return who changes something now, and why.

        Raises:
            NotValidError: the reason is no line.
        """
        fleet.check_line("reason", reason)
        return fleet.Author(user.tag, self._clock.now(), reason)


def _pass_over() -> None:
    """Do nothing about it."""


def _entity(name: str) -> tuple[str, str]:
    """Return a unit's name and an application's, of which at most one is not empty."""
    unit = name if names.is_unit(name) else ""
    application = "" if unit else name
    if application and not names.is_application(application):
        raise errors.NotValidError(f'unit or application name "{name}"')
    return unit, application


def _matches(unit: fleet.Unit, patterns: Sequence[str]) -> bool:
    return any(
        fnmatch.fnmatchcase(unit.name, pattern) or fnmatch.fnmatchcase(unit.application, pattern)
        for pattern in patterns
    )
