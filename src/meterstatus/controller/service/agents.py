"""What an agent asks and says of its own unit; of any other unit it is told nothing."""

import dataclasses
import datetime
import logging
from collections.abc import Callable, Mapping

from meterstatus import errors
from meterstatus.controller import refusals
from meterstatus.controller.fleet import fleet, watchers
from meterstatus.domain import epoch as epochs
from meterstatus.domain import names, policy, status
from meterstatus.domain.fleet import juju_delivery, passwords, records, retention, unit_state
from meterstatus.domain.hook import delivery_report, trouble
from meterstatus.ports import repository, time

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """What a controller tells an agent of its unit at a moment."""

    status: status.MeterStatus
    """As it is told: what was set, or what stands for it."""

    position: epochs.Place
    """Where the controller is."""

    policy: policy.Policy | None
    """What rules the unit; None where its own options do."""

    maintenance_rest: datetime.timedelta
    """What is left of announced maintenance."""


def check_own(agent: records.Agent, tag: names.Tag | None) -> None:
    """Refuse an agent whatever is not its own unit; None is what was no tag at all.

    Raises:
        UnauthorizedError: it is not its own.
    """
    if tag is None or tag.kind is not names.Kind.UNIT or tag.name != agent.unit:
        raise errors.UnauthorizedError


class Agents:
    """An agent's calls. Each raises UnauthorizedError for a tag that is not the agent's own unit's.

    Args:
        of: the fleet.
        store: what it is kept in.
        clock: says when.
    """

    def __init__(self, of: fleet.Fleet, store: repository.Repository, clock: time.Clock) -> None:
        self._fleet = of
        self._store = store
        self._clock = clock

    @property
    def revision(self) -> int:
        """The newest change that is known here."""
        return self._fleet.revision

    def check_own(self, agent: records.Agent, tag: names.Tag | None) -> None:
        """Check that a tag is of the agent's own unit, there or not. Raises UnauthorizedError."""
        check_own(agent, tag)

    def word(self, agent: records.Agent, tag: names.Tag | None) -> Word:
        """Return what the agent's unit is told now.

        Raises:
            UnauthorizedError: it is not its own.
            NotFoundError: its unit was removed.
        """
        check_own(agent, tag)
        return self.own_word(agent)

    def own_word(self, agent: records.Agent) -> Word:
        """Return what the agent's unit is told now. Raises NotFoundError where that was removed."""
        of = self._fleet
        told = of.unit_of(agent).effective
        held = of.policies.of(agent.unit)
        return Word(told, of.place, None if held is None else held.policy, of.maintenance_rest)

    def check_is_there(self, agent: records.Agent, tag: names.Tag | None) -> None:
        """Check that a tag is of the agent's own unit, and that it was not removed.

        Raises:
            UnauthorizedError: it is not its own.
            NotFoundError: its unit was removed.
        """
        check_own(agent, tag)
        self._fleet.unit_of(agent)

    def watch(self, agent: records.Agent, describe: Callable[[], watchers.Event]) -> watchers.Watcher:
        """Watch the agent's unit; an event is described when it is taken."""
        return self._fleet.watchers.watch(agent.unit, describe)

    async def set_password(self, agent: records.Agent, tag: names.Tag | None, password: str) -> None:
        """Give an agent the password that it wants.

        Raises:
            UnauthorizedError: it is not its own unit's.
            NotFoundError: its unit was removed.
            MeterStatusError: the password is too short.
            Refusal: it has taken many within an hour, each of which is kept for as long.
            StoreUnavailableError: it has the former one.
        """
        self.check_is_there(agent, tag)
        passwords.check_agent_password(password)
        author = records.Author(agent.tag, self._clock.now())
        newest = await self._store.history(agent.unit, limit=retention.OWN_CHANGES)
        if retention.has_many_own(newest, author.at):
            raise refusals.many_passwords()
        hashed = passwords.agent_hash(password)
        await self._store.set_password_hash(agent.unit, hashed, author, agent.added)

    async def state(self, agent: records.Agent, tag: names.Tag) -> Mapping[str, str]:
        """Return what an agent's unit has stored.

        Raises:
            UnauthorizedError: it is not its own.
            NotFoundError: its unit was removed.
            StoreUnavailableError: the repository failed.
        """
        self.check_is_there(agent, tag)
        return await self._store.unit_state(agent.unit)

    async def change_state(self, agent: records.Agent, tag: names.Tag, changes: Mapping[str, str]) -> None:
        """Store for an agent's unit, and keep what a Juju agent so says of its hook.

        Raises:
            UnauthorizedError: it is not its own.
            NotFoundError: its unit was removed.
            QuotaError: it is too much.
            StoreUnavailableError: nothing was stored, or only what the agent said of its hook was not kept:
                it stores that again.
        """
        self.check_is_there(agent, tag)
        await self._store.change_unit_state(agent.unit, changes, agent.added)
        said = juju_delivery.read(changes.get(unit_state.METER_STATUS, ""), self._clock.now())
        if said is not None and not self._fleet.hook_reports.has(agent.unit, said.status):
            await self.record_delivery(agent, tag, said)

    async def record_delivery(
        self, agent: records.Agent, tag: names.Tag | None, report: delivery_report.DeliveryReport
    ) -> None:
        """Keep what an agent reports of its unit's hook.

        What is kept as the newest stays as it is: an agent that was started anew knows less of it.

        Raises:
            UnauthorizedError: it is not its own unit's.
            NotFoundError: its unit was removed.
            StoreUnavailableError: it is not kept.
        """
        self.check_is_there(agent, tag)
        shortened = delivery_report.shortened(report)
        if self._fleet.hook_reports.keeps(agent.unit, shortened):
            return
        received = delivery_report.ReceivedReport(agent.unit, self._clock.now(), shortened)
        await self._store.record_delivery(received, agent.added)
        if self._fleet.find(agent) is not None:  # else it is of one that is gone meanwhile
            self._fleet.hook_reports.note(received)

    def receive_trouble(
        self, agent: records.Agent, tag: names.Tag | None, now: trouble.Trouble | None
    ) -> None:
        """Take note of what keeps a unit's hook from being told, as its agent says; None where nothing does.

        Raises:
            UnauthorizedError: it is not its own unit's.
            NotFoundError: its unit was removed.
        """
        self.check_is_there(agent, tag)
        self._fleet.presence.trouble(agent.unit, now)

    async def receive_position(self, agent: records.Agent, tag: names.Tag | None, said: epochs.Place) -> bool:
        """Take note of the position that an agent remembers, and tell whether the store has it.

        The store is asked, and not memory: what another controller has just written may not be here yet.

        Raises:
            UnauthorizedError: it is not its own unit's.
            NotFoundError: its unit was removed.
            NotValidError: nobody can have heard that.
            StoreUnavailableError: the repository failed.
        """
        self.check_is_there(agent, tag)
        stored = await self._fleet.look_at_store()
        own = self._fleet.epoch.place(stored)
        if not epochs.can_be(own, said, self._clock.now()):
            _logger.warning(
                "%s says that it has heard %s, which cannot be", agent.unit, epochs.in_words(said)
            )
            raise errors.NotValidError(epochs.in_words(said), "this model never was there")
        return self._fleet.claims.receive(agent.unit, said, own)
