"""What must survive a restart for one unit: Juju's meter-status state and our memory beside it.

``State`` is at once the public value of the reference (code, info, disconnect record; spec worker, A.8)
and the memory that ``domain.decide`` works on. The fields that Juju does not have are optional and are
absent from the YAML while unset, so that Juju's own readers take our file and we take Juju's.
"""

import dataclasses
import datetime
import enum
from typing import Any

from meterstatus import errors
from meterstatus.domain import lenient_yaml
from meterstatus.domain import status as statuses

UTC_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class WorkerState(enum.IntEnum):
    """How far an isolated unit has escalated, by the numbers Juju stores (spec worker, A.2)."""

    UNINITIALIZED = 0
    WAITING_AMBER = 1
    WAITING_RED = 2
    DONE = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Disconnected:
    """The disconnect record: since when the unit is cut off, and how far it has escalated."""

    disconnected_at: int = 0
    """Unix seconds; 0 where the record has no time."""

    state: int = WorkerState.UNINITIALIZED
    """A ``WorkerState``; a number that is none is kept as it was read, so that nothing is lost."""

    def when(self) -> datetime.datetime:
        """Return the instant of ``disconnected_at``, aware UTC; 1970-01-01 where it is 0."""
        return UTC_EPOCH + datetime.timedelta(seconds=self.disconnected_at)


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery begun and not known to have ended: written ahead of the hook (spec worker, B-18)."""

    id: str
    """The same for every attempt at this status."""

    status: statuses.MeterStatus
    attempt: int = 1
    """Counts the hook runs begun for this delivery; 0 while the hook was certainly not run."""

    doubted: statuses.MeterStatus | None = None
    """The worst that deliveries given up for this one may have told the charm; None where none was begun."""

    failures: int = dataclasses.field(default=0, compare=False)
    """Counts the attempts that did not deliver, since the agent started; not stored."""

    is_charms_fault: bool = dataclasses.field(default=False, compare=False)
    """Tells whether the last attempt failed or took too long, and was not ended from outside; not stored."""

    retry_at: datetime.datetime | None = dataclasses.field(default=None, compare=False)
    """When to try again, aware UTC; not stored, so that a restarted agent tries at once."""


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """When an isolated unit escalates, counted from its last contact."""

    amber_grace_period: datetime.timedelta = datetime.timedelta(minutes=5)
    red_grace_period: datetime.timedelta = datetime.timedelta(minutes=15)


JUJU_POLICY = Policy()
"""The reference's constants (spec worker, A.5)."""

NOTHING_HEARD = statuses.MeterStatus("", "")
"""``State.observed`` of a unit that was told a stage before the controller ever spoke."""


@dataclasses.dataclass(frozen=True, slots=True)
class State:
    """One unit's memory. All fields beside Juju's three are None or 0 while they say nothing."""

    code: str = ""
    """The code that the hook was last told; "" before the first delivery."""

    info: str = ""
    disconnected: Disconnected | None = None
    """Set from the loss of contact until contact returns."""

    observed: statuses.MeterStatus | None = None
    """What the controller last said, where that is not what the hook was last told."""

    contact_at: datetime.datetime | None = None
    """The exact instant that offline time counts from; set with ``disconnected``, whose whole seconds
    would let a stage come up to a second early (spec worker, B-16e)."""

    delivering: Delivery | None = None
    deliveries: int = 0
    """Counts the deliveries begun, so that no two bear the same id."""

    policy: Policy | None = None
    """None is ``JUJU_POLICY``."""

    @property
    def delivered(self) -> statuses.MeterStatus:
        """What the hook was last told; a blank status before the first delivery."""
        return statuses.MeterStatus(self.code, self.info)

    @property
    def cut_off_at(self) -> datetime.datetime | None:
        """Since when contact is lost, as exactly as is known; None in contact."""
        if self.disconnected is None:
            return None
        return self.contact_at or self.disconnected.when()

    def to_yaml(self) -> str:
        """Write Juju's YAML form, our fields after Juju's (spec worker, A.8)."""
        return lenient_yaml.dump(_document(self))

    @classmethod
    def from_yaml(cls, text: str) -> "State":
        """Read the YAML form as leniently as Juju does (spec worker, A.8).

        Unknown keys are ignored, absent and null ones are zero values, an empty document is a blank
        state, a number or boolean where text is expected is its literal text.

        Raises:
            StateCorruptError: no YAML, or a mapping or sequence where a scalar belongs, or text where a
                number belongs.
        """
        return _read(lenient_yaml.load(text, "the meter status state"))


def _document(value: State) -> dict[str, Any]:
    document: dict[str, Any] = _status_keys(value.delivered)
    if value.disconnected is not None:
        record = value.disconnected
        pairs = {
            "disconnected-at": int(record.disconnected_at),
            "disconnected-state": int(record.state),
        }
        document["disconnected"] = {key: number for key, number in pairs.items() if number}
    if value.observed is not None:
        document["observed"] = _status_keys(value.observed)
    if value.contact_at is not None:
        document["contact-at"] = value.contact_at.isoformat()
    if value.delivering is not None:
        document["delivering"] = {
            "id": value.delivering.id,
            "attempt": value.delivering.attempt,
            **_status_keys(value.delivering.status),
        }
        if value.delivering.doubted is not None:
            document["delivering"]["doubted"] = _status_keys(value.delivering.doubted)
    if value.deliveries:
        document["deliveries"] = value.deliveries
    if value.policy is not None:
        document["policy"] = {
            "amber-grace-seconds": value.policy.amber_grace_period.total_seconds(),
            "red-grace-seconds": value.policy.red_grace_period.total_seconds(),
        }
    return document


def _status_keys(value: statuses.MeterStatus) -> dict[str, Any]:
    return {"status-code": value.code, "status-info": value.info}


def _read(fields: lenient_yaml.Fields) -> State:
    return State(
        code=fields.text("status-code"),
        info=fields.text("status-info"),
        disconnected=fields.part("disconnected", _disconnected),
        observed=fields.part("observed", _status),
        contact_at=fields.instant("contact-at"),
        delivering=fields.part("delivering", _delivery),
        deliveries=fields.integer("deliveries"),
        policy=fields.part("policy", _policy),
    )


def _status(fields: lenient_yaml.Fields) -> statuses.MeterStatus:
    return statuses.MeterStatus(fields.text("status-code"), fields.text("status-info"))


def _disconnected(fields: lenient_yaml.Fields) -> Disconnected:
    number = fields.integer("disconnected-state")
    known = number in set(WorkerState)
    return Disconnected(fields.integer("disconnected-at"), WorkerState(number) if known else number)


def _delivery(fields: lenient_yaml.Fields) -> Delivery:
    return Delivery(
        id=fields.text("id"),
        status=_status(fields),
        attempt=max(0, fields.integer("attempt")),
        doubted=fields.part("doubted", _status),
    )


def _policy(fields: lenient_yaml.Fields) -> Policy:
    amber, red = fields.seconds("amber-grace-seconds"), fields.seconds("red-grace-seconds")
    if not datetime.timedelta(0) < amber < red:
        raise errors.StateCorruptError(f"the policy has AMBER after {amber} and RED after {red}")
    return Policy(amber, red)
