"""What a controller does for users and agents, and who of them may ask for which.

What many units are set to by one call is ``mass_changes``'s, and what was changed is ``history``'s.
"""

import datetime
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence

from meterstatus import errors
from meterstatus.controller import refusals, slices
from meterstatus.controller.fleet import dry_run
from meterstatus.controller.fleet import fleet as fleet_memory
from meterstatus.domain import epoch as epochs
from meterstatus.domain import maintenance as maintenances
from meterstatus.domain import names, policy, status
from meterstatus.domain.fleet import (
    blast_radius,
    effective_policy,
    juju_delivery,
    passwords,
    records,
    retention,
    unit_patterns,
    unit_state,
)
from meterstatus.domain.hook import delivery_report, trouble
from meterstatus.domain.text import line
from meterstatus.ports import repository, time

_logger = logging.getLogger(__name__)


class Service(fleet_memory.FleetMemory):
    """The fleet in memory, and every change to it.

    Made with ``start``.

    Attributes:
        blast_radius: how much of the model one change may turn RED, where the change itself does not say.
    """

    def __init__(
        self,
        store: repository.Repository,
        clock: time.Clock,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
        name: str = "controller",
        radius: blast_radius.BlastRadius | None = None,
    ) -> None:
        super().__init__(store, clock, name)
        self.blast_radius = radius or blast_radius.BlastRadius()
        self._random_bytes = random_bytes

    async def set_status(
        self, user: records.User, tag_text: str, wanted: status.MeterStatus, reason: str = ""
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
        user.require(records.Access.WRITE)
        tag = names.parse_tag(tag_text)
        if tag.kind not in (names.Kind.UNIT, names.Kind.APPLICATION):
            raise refusals.Refusal(f"expected application or unit tag, got {tag.kind.value} tag {tag}")
        if not self.exists(tag):
            # Another controller may have added it just now.
            await self.store.catch_up()
        self.check_exists(tag)
        records.check_settable(wanted)
        author = self.author(user, reason)
        if tag.kind is names.Kind.UNIT:
            await self.store.set_unit_status(tag.name, wanted, author)
            return
        view = dry_run.View(self.units, self.levels, self.revision).copy()
        outcome = await slices.in_turns(view.after(dry_run.Wish((tag,), False, wanted), author.at))
        self.blast_radius.check(outcome.newly_red, outcome.units)
        await self.store.set_application_status(tag.name, wanted, author)

    async def set_policy(
        self, user: records.User, tag_text: str, wanted: policy.Policy | None, reason: str = ""
    ) -> None:
        """Set when units escalate without us: of a unit, an application or the model; None takes it away.

        Only an admin: a status says what holds now, this for how long nobody can say otherwise.

        Raises:
            UnauthorizedError: the user may not.
            TagError, Refusal: the text is no tag, or one of another kind.
            NotFoundError: there is no such unit, or it is another model's tag; nor, where it is taken away,
                such an application or a policy of it.
            NotValidError, ConfigError: the policy cannot be set (``policy.check``), or the reason is no line.
            StoreUnavailableError: nothing was set.
        """
        user.require(records.Access.ADMIN)
        scope = names.parse_tag(tag_text)
        if scope.kind not in (names.Kind.UNIT, names.Kind.APPLICATION, names.Kind.MODEL):
            raise refusals.Refusal(
                f"expected model, application or unit tag, got {scope.kind.value} tag {scope}"
            )
        if wanted is not None:
            policy.check(wanted)
        await self.store.set_policy(scope, wanted, self.author(user, reason))

    def policies(self, user: records.User) -> list[effective_policy.Ruling]:
        """Return every policy that is set, in the order of ``Rulings.everything``.

        Raises:
            UnauthorizedError: the user may not look.
        """
        user.require(records.Access.READ)
        return self.rulings.everything()

    async def begin_epoch(self, user: records.User, reason: str) -> None:
        """Have this controller's word hold for every unit, also for those that have heard a newer one.

        Raises:
            UnauthorizedError: the user may not.
            NotValidError: there is no reason, or it is no line.
            StoreUnavailableError: none has begun.
        """
        user.require(records.Access.ADMIN)
        if not reason:
            raise errors.NotValidError("new epoch", "give a reason")
        await self.store.begin_epoch(self.author(user, reason), self.claims.epochs())

    async def announce_maintenance(
        self, user: records.User, span: datetime.timedelta | None, reason: str = ""
    ) -> None:
        """Announce that the controller may be away for a while from now on; None ends it.

        Raises:
            UnauthorizedError: the user may not.
            NotValidError: it may not be so long, or the reason is no line.
            StoreUnavailableError: nothing was announced.
        """
        user.require(records.Access.ADMIN)
        author = self.author(user, reason)
        if span is None:
            await self.store.set_maintenance(None, author)
            return
        maintenances.check(span)
        announced = maintenances.Maintenance(author.at, author.at + span, author.who, author.why)
        await self.store.set_maintenance(announced, author)

    async def hear_of(self, agent: records.Agent, said: epochs.Place) -> bool:
        """Take note of what an agent has heard, and tell whether the store has it.

        The store is asked, and not memory: what another controller has just written may not be here yet.

        Raises:
            NotFoundError: its unit was removed.
            NotValidError: nobody can have heard that.
            StoreUnavailableError: the repository failed.
        """
        self.unit_of(agent)
        stored = await self.look_at_store()
        own = self.epoch.place(stored)
        if not epochs.can_be(own, said, self._clock.now()):
            _logger.warning(
                "%s says that it has heard %s, which cannot be", agent.unit, epochs.in_words(said)
            )
            raise errors.NotValidError(epochs.in_words(said), "this model never was there")
        return self.claims.hear(agent.unit, said, own)

    def dismiss_heard(self, user: records.User, unit: str, reason: str) -> None:
        """Believe no more what a unit's agent says that it has heard, until it says what is here.

        Known to this process and not stored, as is what was heard.

        Raises:
            UnauthorizedError: the user may not.
            NotFoundError: there is no such unit, or it has said nothing that is not here.
            NotValidError: the reason is no line.
        """
        user.require(records.Access.ADMIN)
        self.author(user, reason)
        if unit not in self.units:
            raise errors.NotFoundError(f'unit "{unit}"')
        if not self.claims.dismiss(unit):
            raise errors.NotFoundError(f"what {unit} has heard beyond what is here")
        _logger.info("%s dismissed what %s has heard because %r", user.tag, unit, reason)

    async def add_unit(
        self, user: records.User, name: str, initial: status.MeterStatus | None, reason: str = ""
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
        user.require(records.Access.ADMIN)
        names.application_of(name)
        if initial is not None:
            records.check_settable(initial)
        author = self.author(user, reason)
        password = passwords.from_random(self._random_bytes(passwords.AGENT_PASSWORD_BYTES))
        hashed = passwords.agent_hash(password)
        await self.store.add_unit(name, hashed, initial or records.NOT_SET, author)
        return password

    async def remove_unit(self, user: records.User, name: str, reason: str = "") -> None:
        """Remove a unit and what it stored.

        Raises:
            UnauthorizedError: the user may not.
            NotFoundError: there is none of that name.
            NotValidError: the reason is no line.
            StoreUnavailableError: it is still there.
        """
        user.require(records.Access.ADMIN)
        await self.store.remove_unit(name, self.author(user, reason))

    async def find_units(self, user: records.User, patterns: Sequence[str] = ()) -> list[records.Unit]:
        """Return the units whose name or application matches a shell pattern, as a person counts them.

        No patterns match everything.

        Raises:
            UnauthorizedError: the user may not look.
            NotValidError: more patterns than may be asked for at once, or too long ones.
        """
        user.require(records.Access.READ)
        wanted = unit_patterns.UnitPatterns(patterns)
        looked_at = await slices.each(
            lambda unit: (
                (unit.application, names.unit_number(unit.name), unit) if wanted.match(unit) else None
            ),
            list(self.units.values()),
        )
        found = sorted((each for each in looked_at if each is not None), key=lambda each: each[:2])
        return [unit for _, _, unit in found]

    async def set_password(self, agent: records.Agent, password: str) -> None:
        """Give an agent the password that it wants.

        Raises:
            NotFoundError: its unit was removed.
            MeterStatusError: the password is too short.
            Refusal: it has taken many within an hour, each of which is kept for as long.
            StoreUnavailableError: it has the former one.
        """
        self.unit_of(agent)
        passwords.check_agent_password(password)
        author = records.Author(agent.tag, self._clock.now())
        newest = await self.store.history(agent.unit, limit=retention.OWN_CHANGES)
        if retention.has_many_own(newest, author.at):
            raise refusals.many_passwords()
        hashed = passwords.agent_hash(password)
        await self.store.set_password_hash(agent.unit, hashed, author, agent.added)

    async def unit_state(self, agent: records.Agent) -> Mapping[str, str]:
        """Return what an agent's unit has stored. Raises NotFoundError, StoreUnavailableError."""
        self.unit_of(agent)
        return await self.store.unit_state(agent.unit)

    async def change_unit_state(self, agent: records.Agent, changes: Mapping[str, str]) -> None:
        """Store for an agent's unit, and keep what a Juju agent so says of its hook.

        Raises:
            NotFoundError: its unit was removed.
            QuotaError: it is too much.
            StoreUnavailableError: nothing was stored, or only what the agent said of its hook was not kept:
                it stores that again.
        """
        self.unit_of(agent)
        await self.store.change_unit_state(agent.unit, changes, agent.added)
        said = juju_delivery.read(changes.get(unit_state.METER_STATUS, ""), self._clock.now())
        if said is not None and not self.delivered.has(agent.unit, said.status):
            await self.record_delivery(agent, said)

    async def record_delivery(self, agent: records.Agent, report: delivery_report.DeliveryReport) -> None:
        """Keep what an agent reports of its unit's hook. Raises NotFoundError, StoreUnavailableError.

        What is kept as the newest stays as it is: an agent that was started anew knows less of it.
        """
        self.unit_of(agent)
        shortened = delivery_report.shortened(report)
        if self.delivered.keeps(agent.unit, shortened):
            return
        received = delivery_report.ReceivedReport(agent.unit, self._clock.now(), shortened)
        await self.store.record_delivery(received, agent.added)
        if self.find(agent) is not None:  # else it is of one that is gone meanwhile
            self.delivered.note(received)

    def hear_trouble(self, agent: records.Agent, now: trouble.Trouble | None) -> None:
        """Take note of what keeps a unit's hook from being told, as its agent says; None where nothing does.

        Raises:
            NotFoundError: its unit was removed.
        """
        self.unit_of(agent)
        self.presence.trouble(agent.unit, now)

    def author(self, user: records.User, reason: str) -> records.Author:
        """Return who changes something now, and why.

        Raises:
            NotValidError: the reason is no line.
        """
        line.check("reason", reason)
        return records.Author(user.tag, self._clock.now(), reason)
