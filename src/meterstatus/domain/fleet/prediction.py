"""What the agent of a unit out of contact must have decided by now, as its controller can tell.

Pure. The controller puts itself in the agent's place: it makes the memory that the agent has by what is known
of it, and asks the agent's own code what follows (``delivery.target``, ``escalation``). No rule of its own,
so a stage that the agent knows is known here too.

What the two do not share is the instant of the last contact. The agent counts from the last answer that
reached it, the controller knows the last one that it gave: that one may have been lost, and the one before
is at most a contact period older (a minute at most; ``escalation.contact_period``). So an agent is later than
is said here by no more than an answer takes on its way, and may be earlier by ``Prediction.early_by``.
"""

import dataclasses
import datetime
import enum
import functools

from meterstatus.domain import maintenance as maintenances
from meterstatus.domain import policy as policies
from meterstatus.domain import status as statuses
from meterstatus.domain.fleet import presence
from meterstatus.domain.hook import hook_call
from meterstatus.domain.unit import delivery, escalation, offline_clock, state

_BOOT = "predicted"
"""The controller reckons on one clock, so that there is one boot."""


class Assumption(enum.StrEnum):
    """What a prediction rests on beside what is known; the name goes to programs."""

    NEVER_IN_CONTACT = "never-in-contact"
    """Nothing is known of the agent, so nothing is predicted."""

    OWN_OPTIONS = "own-options"
    """No policy is set for it: its agent's own options rule, and Juju's 5 and 15 minutes are assumed."""

    NOT_BEFORE = "not-before"
    """Its controller died: contact was lost at the last contact or later, and so the stages come or later."""

    UNTOLD = "untold"
    """What is asserted was set after the last contact: the agent does not know it."""

    SILENT = "silent"
    """It is connected, and was not answered for as long as its first stage: its network must be gone."""


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What a controller knows of a unit."""

    contact: presence.Contact | None
    """None where it was never in contact."""

    asserted: statuses.MeterStatus
    """As the agent is told it."""

    asserted_since: datetime.datetime
    delivered: statuses.MeterStatus | None = None
    """What its hook was last reported to be told with success; None where nothing was."""

    heard: statuses.MeterStatus | None = None
    """The newest word of a controller's that it reported to have told its hook, or to have failed to: the
    agent goes on telling that. None where nothing was reported."""

    policy: policies.Policy | None = None
    """The one that rules it; None where the agent's own options do."""

    maintenance: maintenances.Maintenance | None = None
    """What is announced; its agent heard of it at a contact since then, and at none before."""

    def longer(self) -> datetime.timedelta:
        """Return how much longer the agent waits because of it."""
        if self.maintenance is None or self.contact is None:
            return offline_clock.NOTHING
        if self.contact.last_contact < self.maintenance.since:
            return offline_clock.NOTHING
        return self.maintenance.rest(self.contact.last_contact)


@dataclasses.dataclass(frozen=True, slots=True)
class Prediction:
    """What an agent must have decided, if it and its machine run."""

    status: statuses.MeterStatus | None
    """What its hook must have been told; None where that is not known."""

    stage: str = ""
    """The name of the stage that it has reached; "" before the first."""

    upcoming: hook_call.Stage | None = None
    """The next stage that is worse; None where nothing comes."""

    early_by: datetime.timedelta = offline_clock.NOTHING
    """How much earlier than that the agent may be."""

    assumptions: tuple[Assumption, ...] = ()


def predict(known: Known, now: datetime.datetime) -> Prediction | None:
    """Predict what a unit's agent has decided; None for one in contact, which decides nothing by itself."""
    if known.contact is None:
        return Prediction(None, assumptions=(Assumption.NEVER_IN_CONTACT,))
    passed = max(offline_clock.NOTHING, now - known.contact.last_contact)
    first, early_by = _times(known.policy or policies.JUJU_POLICY)
    if known.contact.controller and passed < first + known.longer():
        # Before anything is made: this is nearly all of a fleet.
        return None
    memory = _memory(known, known.contact)
    instant = offline_clock.Instant(known.contact.last_contact + passed, passed, _BOOT)
    target = delivery.target(memory, instant)
    return Prediction(
        status=target,
        stage=_name(memory, instant),
        upcoming=next(escalation.coming(memory, instant, target), None),
        early_by=early_by,
        assumptions=_assumptions(known, known.contact),
    )


def _name(memory: state.State, now: offline_clock.Instant) -> str:
    reached = escalation.stage(memory, now)
    return "" if reached is None else memory.ruling_policy.name(reached)


@functools.lru_cache(maxsize=1024)
def _times(policy: policies.Policy) -> tuple[datetime.timedelta, datetime.timedelta]:
    """Return the time until the first stage, and the contact period."""
    return policy.first_grace or policies.LONGEST * 2, escalation.contact_period(policy)


def _memory(known: Known, contact: presence.Contact) -> state.State:
    """Return the memory of an agent that lost contact at its last contact.

    Whatever else moves the stages belongs in here, where the agent has it too, and nowhere else.
    """
    word = known.heard if _is_untold(known, contact) else known.asserted
    # Where nothing was reported of this word, its hook has most likely run, and the report is still to come.
    told = known.delivered if known.delivered is not None and known.heard == word else word
    at = offline_clock.Instant(contact.last_contact, offline_clock.NOTHING, _BOOT)
    return state.State(
        code="" if told is None else told.code,
        info="" if told is None else told.info,
        observed=None if word == told else word,
        disconnected=state.Disconnected(
            int(contact.last_contact.timestamp()), state.WorkerState.WAITING_AMBER
        ),
        mark=offline_clock.contact(at, known.longer()),
        policy=known.policy,
    )


def _is_untold(known: Known, contact: presence.Contact) -> bool:
    return known.asserted_since > contact.last_contact


def _assumptions(known: Known, contact: presence.Contact) -> tuple[Assumption, ...]:
    holds = {
        Assumption.OWN_OPTIONS: known.policy is None,
        Assumption.NOT_BEFORE: not contact.is_exact,
        Assumption.UNTOLD: _is_untold(known, contact),
        Assumption.SILENT: bool(contact.controller),
    }
    return tuple(assumption for assumption, does in holds.items() if does)
