"""What must survive a restart for one unit: Juju's meter-status state and our memory beside it.

``State`` is at once the public value of the reference (code, info, disconnect record; spec worker, A.8)
and the memory that ``domain.unit.decide`` works on. The fields that Juju does not have are optional and are
absent from the YAML while unset, so that Juju's own readers take our file and we take Juju's.
"""

import dataclasses
import datetime
import enum
from typing import Any

from meterstatus import errors
from meterstatus.domain import epoch, maintenance
from meterstatus.domain import policy as policies
from meterstatus.domain import status as statuses
from meterstatus.domain.text import lenient_yaml, plain_yaml
from meterstatus.domain.unit import offline_clock, policy_yaml

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

    retry_at: datetime.timedelta | None = dataclasses.field(default=None, compare=False)
    """When to try again, by the boot clock; not stored, so that a restarted agent tries at once."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """The delivery by which the hook was last told: what a report of it needs, beside the status."""

    id: str
    attempt: int
    at: datetime.datetime
    """The wall time of its end, aware UTC."""


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

    mark: offline_clock.Mark | None = None
    """Where the time without contact is counted from; None while there was no contact to count from."""

    delivering: Delivery | None = None
    deliveries: int = dataclasses.field(default=0, compare=False)
    """Counts the deliveries begun, so that no two bear the same id, and so that of two copies of a state it
    is known which has seen more. It never changes alone."""

    ended: Ended | None = dataclasses.field(default=None, compare=False)
    """The delivery by which the hook was told ``code`` and ``info``; None where that is not known. It never
    changes alone."""

    policy: policies.Policy | None = None
    """The controller's word on when to escalate; None where it has none, and the agent's own holds."""

    warned: str = ""
    """The stage that the charm was warned of since contact was lost; "" is none."""

    unsure: bool = False
    """The memory was damaged, and with it what the hook was last told: it may have been anything."""

    unmetered: bool = False
    """The last controller that let the agent in has no meter status: there is nothing to be cut off from."""
    missing: bool = False
    """The charm had no hook when it was last to be told: that counts, for as long as it has none."""

    standing: epoch.Standing | None = None
    """What was heard of the controller's epochs and revisions; None where none ever told any."""

    latest_contact: offline_clock.Mark | None = dataclasses.field(default=None, compare=False)
    """A later contact than ``mark``, which is written at most once a minute; not stored."""

    own_policy: policies.Policy = dataclasses.field(default=policies.JUJU_POLICY, compare=False)
    """The agent's options, which hold where the controller says nothing; not stored."""

    warning: str = dataclasses.field(default="", compare=False)
    """The stage whose warning is under way; not stored."""

    warn_again_at: datetime.timedelta | None = dataclasses.field(default=None, compare=False)
    """When to try a warning again that could not be given, by the boot clock; not stored."""

    @property
    def delivered(self) -> statuses.MeterStatus:
        """What the hook was last told; a blank status before the first delivery."""
        return statuses.MeterStatus(self.code, self.info)

    @property
    def cut_off_at(self) -> datetime.datetime | None:
        """The wall time of the last contact, as exactly as is known; None in contact."""
        if self.disconnected is None:
            return None
        if self.mark is None:
            return self.disconnected.when()
        return self.mark.at.wall - self.mark.counted

    @property
    def ruling_policy(self) -> policies.Policy:
        """The policy that holds: the controller's, or else the agent's own."""
        return self.policy or self.own_policy

    @classmethod
    def after_damage(cls, last_written: datetime.datetime | None) -> "State":
        """Return the memory of a unit whose state was damaged and of which no good copy is left.

        Since when there was no contact went with it. No grace may come out longer than it was, so every
        stage counts as due: without contact the unit is RED as soon as its agent has tried the controller.

        Args:
            last_written: when the state was last written, aware UTC. None where there was no earlier state
                either: then it is the memory of a new unit (spec worker, B-13).
        """
        if last_written is None:
            return cls()
        nobodys = offline_clock.Instant(last_written, offline_clock.NOTHING, "")
        return cls(unsure=True, mark=offline_clock.Mark(policies.LONGEST, nobodys, last_written))

    def recovered(self) -> "State":
        """Return what is left of a unit's memory where this is an older version of it.

        It is unsure, and without announced maintenance: that may have been taken back since, and no grace
        may come out longer than it was.
        """
        mark = self.mark and dataclasses.replace(self.mark, longer=offline_clock.NOTHING)
        return dataclasses.replace(self, unsure=True, mark=mark)

    def to_yaml(self) -> str:
        """Write Juju's YAML form, our fields after Juju's (spec worker, A.8)."""
        return plain_yaml.dump(_document(self))

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
    if value.mark is not None:
        document["clock"] = _clock_keys(value.mark)
    if value.delivering is not None:
        document["delivering"] = {
            "id": value.delivering.id,
            "attempt": value.delivering.attempt,
            **_status_keys(value.delivering.status),
        }
        if value.delivering.doubted is not None:
            document["delivering"]["doubted"] = _status_keys(value.delivering.doubted)
    document |= _count_keys(value)
    if value.policy is not None:
        document["policy"] = policy_yaml.keys(value.policy)
    if value.warned:
        document["warned"] = value.warned
    if value.standing is not None:
        document["epoch"] = _standing_keys(value.standing)
    flags = {"unsure": value.unsure, "missing": value.missing, "unmetered": value.unmetered}
    return document | {key: True for key, is_set in flags.items() if is_set}


def _count_keys(value: State) -> dict[str, Any]:
    keys: dict[str, Any] = {"deliveries": value.deliveries} if value.deliveries else {}
    if value.ended is None:
        return keys
    ended = {"id": value.ended.id, "attempt": value.ended.attempt, "at": value.ended.at.isoformat()}
    return keys | {"ended": ended}


def _standing_keys(standing: epoch.Standing) -> dict[str, Any]:
    document: dict[str, Any] = _place_keys(standing.heard)
    if standing.heard.base:
        document["base"] = standing.heard.base
    for key, place in (("restored-from", standing.restored_from), ("older", standing.older)):
        if place is not None:
            document[key] = _place_keys(place)
    if standing.kept is not None:
        document["kept"] = _status_keys(standing.kept)
    return document | ({"lost": True} if standing.is_lost else {})


def _place_keys(place: epoch.Place) -> dict[str, Any]:
    return {"number": place.epoch, "revision": place.revision}


def _clock_keys(mark: offline_clock.Mark) -> dict[str, Any]:
    keys = {
        "counted-seconds": mark.counted.total_seconds(),
        "wall": mark.at.wall.isoformat(),
        "highest-wall": mark.highest_wall.isoformat(),
        "boot-seconds": mark.at.boot.total_seconds(),
        "boot-id": mark.at.boot_id,
    }
    longer = mark.longer.total_seconds()
    return keys | ({"maintenance-seconds": longer} if longer else {})


def _status_keys(value: statuses.MeterStatus) -> dict[str, Any]:
    return {"status-code": value.code, "status-info": value.info}


def _read(fields: lenient_yaml.Fields) -> State:
    return State(
        code=fields.text("status-code"),
        info=fields.text("status-info"),
        disconnected=fields.part("disconnected", _disconnected),
        observed=fields.part("observed", _status),
        mark=fields.part("clock", _mark),
        delivering=fields.part("delivering", _delivery),
        deliveries=fields.integer("deliveries"),
        ended=fields.part("ended", _ended),
        policy=fields.part("policy", policy_yaml.read),
        warned=fields.text("warned"),
        unsure=fields.text("unsure") == "true",
        unmetered=fields.text("unmetered") == "true",
        missing=fields.text("missing") == "true",
        standing=fields.part("epoch", _standing),
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


def _ended(fields: lenient_yaml.Fields) -> Ended | None:
    at, attempt = fields.instant("at"), fields.integer("attempt")
    return Ended(fields.text("id"), attempt, at) if at is not None and attempt > 0 else None


def _mark(fields: lenient_yaml.Fields) -> offline_clock.Mark:
    wall, highest = fields.instant("wall"), fields.instant("highest-wall")
    counted, boot = fields.seconds("counted-seconds"), fields.seconds("boot-seconds")
    if wall is None or counted < offline_clock.NOTHING:
        raise errors.StateCorruptError(f"the clock has counted {counted} until {wall}")
    at = offline_clock.Instant(wall, boot, fields.text("boot-id"))
    longer = maintenance.bounded(fields.seconds("maintenance-seconds"))
    return offline_clock.Mark(counted, at, max(wall, highest or wall), longer)


def _standing(fields: lenient_yaml.Fields) -> epoch.Standing:
    return epoch.Standing(
        heard=_place(fields),
        restored_from=fields.part("restored-from", _place),
        older=fields.part("older", _place),
        kept=fields.part("kept", _status),
        is_lost=fields.text("lost") == "true",
    )


def _place(fields: lenient_yaml.Fields) -> epoch.Place:
    return epoch.Place(fields.integer("number"), fields.integer("revision"), fields.integer("base"))
