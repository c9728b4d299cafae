"""What a hook is told beside Juju's two variables: the whole of it, as one value.

Pure. ``domain.unit.decide`` makes it; the hook runner puts it into the environment and into a JSON file.
"""

import dataclasses
import datetime
import enum
from collections.abc import Mapping

from meterstatus.domain import epoch, instants
from meterstatus.domain import status as statuses


class HookKind(enum.StrEnum):
    """The two hooks, by name."""

    CHANGED = "meter-status-changed"
    """The status has changed; Juju's hook."""

    WILL_CHANGE = "meter-status-will-change"
    """Without contact, a stage is near; ours, and only where the policy asks for it."""


class Origin(enum.StrEnum):
    """Whose word a status is."""

    CONTROLLER = "controller"
    AGENT = "agent"
    """A stage that the unit's own agent reached without contact."""


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    """A stage still to come."""

    code: str
    """AMBER or RED."""

    due_in: datetime.timedelta
    """From now, without contact; zero or less where it is due."""

    at: datetime.datetime
    """The wall time of it, aware UTC, if the clock is not set meanwhile."""

    name: str = ""
    """Its name in its policy, where that is known: the second AMBER is ``AMBER2``."""


@dataclasses.dataclass(frozen=True, slots=True)
class HookCall:
    """One run of a hook. What is not known is None, and is not told."""

    status: statuses.MeterStatus
    """What to tell; for ``WILL_CHANGE`` what the charm was last told."""

    hook: HookKind = HookKind.CHANGED
    delivery_id: str | None = None
    """The same for every attempt at this status."""

    attempt: int | None = None
    """From 1."""

    previous: statuses.MeterStatus | None = None
    """What the charm was told before; None before the first delivery that ended."""

    origin: Origin | None = None
    next_stage: Stage | None = None
    """What comes without contact; None where nothing does. In contact it is what would come from now on."""

    since_contact: datetime.timedelta | None = None
    """Time without contact; None where there never was any that is known of."""

    longer: datetime.timedelta | None = None
    """How much longer the stages wait for announced maintenance; None where none was announced."""

    standing: epoch.Standing | None = None
    """How new the controller's word is; None where it tells nothing of it."""


VERSION = 1
"""Of the document. It grows by keys; a reader passes over those that it does not know."""


def variables(told: HookCall) -> dict[str, str]:
    """Return the environment variables beside Juju's; of what is not known there is none."""
    upcoming, previous = told.next_stage, told.previous
    facts = {
        "DELIVERY_ID": told.delivery_id,
        "ATTEMPT": told.attempt,
        "ORIGIN": told.origin,
        "PREVIOUS_STATUS": previous and previous.code,
        "PREVIOUS_INFO": previous and previous.info,
        "NEXT_STATUS": upcoming and upcoming.code,
        "NEXT_AT": upcoming and instants.in_seconds(upcoming.at),
        "NEXT_IN_SECONDS": upcoming and _seconds(upcoming.due_in),
        "SECONDS_SINCE_CONTACT": None if told.since_contact is None else _seconds(told.since_contact),
        "MAINTENANCE_SECONDS": None if told.longer is None else _seconds(told.longer),
        "EPOCH": told.standing and told.standing.heard.epoch,
        "EPOCH_STATE": told.standing and told.standing.relation.value,
    }
    return {f"METER_STATUS_{name}": str(fact) for name, fact in facts.items() if fact is not None}


def document(told: HookCall, unit: str) -> dict[str, object]:
    """Return the whole for the JSON file, with null for what is not known.

    Args:
        told: what is told. Its texts are there as they are, neither cleaned nor cut.
        unit: the unit's name.
    """
    upcoming = told.next_stage
    return {
        "version": VERSION,
        "unit": unit,
        "hook": told.hook.value,
        "delivery": {"id": told.delivery_id, "attempt": told.attempt},
        "status": _keys(told.status),
        "previous": told.previous and _keys(told.previous),
        "origin": told.origin and told.origin.value,
        "next": upcoming
        and {
            "status": upcoming.code,
            "at": instants.in_seconds(upcoming.at),
            "in-seconds": _seconds(upcoming.due_in),
        },
        "seconds-since-contact": None if told.since_contact is None else _seconds(told.since_contact),
        "maintenance-seconds": None if told.longer is None else _seconds(told.longer),
        "epoch": told.standing and standing_keys(told.standing),
    }


def standing_keys(standing: epoch.Standing) -> dict[str, object]:
    """Return how new the controller's word is, with null for what is not so."""
    return {
        "number": standing.heard.epoch,
        "revision": standing.heard.revision,
        "state": standing.relation.value,
        "restored-from": standing.restored_from and _place(standing.restored_from),
        "controller-at": standing.older and _place(standing.older),
    }


def _place(place: epoch.Place) -> dict[str, int]:
    return {"number": place.epoch, "revision": place.revision}


def _keys(status: statuses.MeterStatus) -> Mapping[str, str]:
    return {"code": status.code, "info": status.info}


def _seconds(span: datetime.timedelta) -> int:
    """Return whole seconds, towards zero: a shell reckons with nothing else."""
    return int(span.total_seconds())
