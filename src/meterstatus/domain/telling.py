"""What a hook is told beside Juju's two variables: the whole of it, as one value.

Pure. ``domain.decide`` makes it; the hook runner puts it into the environment and into a JSON file.
"""

import dataclasses
import datetime
import enum

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


@dataclasses.dataclass(frozen=True, slots=True)
class Telling:
    """One run of a hook."""

    hook: HookKind
    delivery_id: str
    """The same for every attempt at this status."""

    attempt: int
    """From 1."""

    status: statuses.MeterStatus
    """What to tell; for ``WILL_CHANGE`` what the charm was last told."""

    previous: statuses.MeterStatus | None
    """What the charm was told before; None before the first delivery that ended."""

    origin: Origin
    next_stage: Stage | None
    """What comes without contact; None where nothing does. In contact it is what would come from now on."""

    since_contact: datetime.timedelta | None
    """Time without contact; None where there never was any that is known of."""
