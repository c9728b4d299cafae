"""How the fleet stands: what every unit is told, by whom, until when, and what comes next. Shapes only."""

from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status_delivery
from meterstatus.protocol.facades.meter_status_admin import facade


class StatusParams(wire.Wire, frozen=True):
    """MeterStatusAdmin.Status's params."""

    patterns: tuple[str, ...] = ()
    """Names of units or applications, with shell wildcards; none means all."""


class Ruling(wire.Wire, frozen=True):
    """A policy, and where it is set."""

    tag: str
    """Of a unit, an application or the model."""

    policy: wire.Policy
    revision: int
    """Of the change that set it."""


class Contact(wire.Wire, frozen=True):
    """The contact between a unit's agent and the controllers."""

    controller: str
    """The name of the process that its agent is connected to; "" where it is to none."""

    since: wire.Instant
    """Since when it is connected, or to none."""

    last_contact: wire.Instant
    """When a controller last answered it."""

    is_exact: bool = True
    """False where that controller died: contact was not lost before then."""


class Delivered(wire.Wire, frozen=True):
    """What a unit's status hook was last reported to be told."""

    received: wire.Instant
    delivery: meter_status_delivery.Delivery


class NextStage(wire.Wire, frozen=True):
    """A stage that a unit out of contact has still to come."""

    code: str
    at: wire.Instant
    """The latest: the agent may be earlier by the prediction's ``early_by_seconds``."""


class Predicted(wire.Wire, frozen=True):
    """What the agent of a unit out of contact must have decided by now."""

    code: str
    """What its hook must have been told; "" where that is not known."""

    info: str
    stage: str = ""
    """The stage that it has reached; absent before the first."""

    next_stage: NextStage | None = None
    """Absent where nothing comes."""

    early_by_seconds: float = 0
    """How much earlier the agent may be than is said here."""

    assumptions: tuple[str, ...] = ()
    """``never-in-contact``, ``own-options``, ``not-before``, ``untold``, ``silent``."""


class End(wire.Wire, frozen=True):
    """The end of a status that is set for a time."""

    at: wire.Instant
    """By the controller's clock."""

    code: str = ""
    """What stands then; absent where nothing is set for the application or model."""

    info: str = ""


class UnitStatus(wire.Wire, frozen=True):
    """How one unit is."""

    unit: str
    code: str
    """As stored."""

    info: str
    told_code: str
    """As the agent is told."""

    told_info: str
    since: wire.Instant
    revision: int
    """Of the change that made it so."""

    connected: bool
    ruling: Ruling | None = None
    """The policy that rules it; absent where none is set."""

    contact: Contact | None = None
    """Absent where it was never in contact."""

    delivered: Delivered | None = None
    """Absent where nothing was reported."""

    delivered_before: Delivered | None = None
    """What its hook was last told with success, where ``delivered`` failed; absent elsewhere."""

    predicted: Predicted | None = None
    """Absent where it is in contact."""

    end: End | None = None
    """Of the status as stored; absent where it stays until it is set again."""

    hook_told: str = ""
    """Whether the hook was told what is asserted: ``yes``, ``no``, or ``unknown`` where nobody has said."""

    trouble: meter_status_delivery.Trouble | None = None
    """What keeps the hook from being told, as the agent says; absent where nothing does."""


class Epoch(wire.Wire, frozen=True):
    """An epoch of the controller, and how it began."""

    number: int
    base: int
    """The last revision before it."""

    began: wire.Instant | None = None
    """Absent for the first."""

    user: str = ""
    reason: str = ""


class Maintenance(wire.Wire, frozen=True):
    """Announced maintenance."""

    since: wire.Instant
    until: wire.Instant
    user: str
    reason: str = ""


class Missing(wire.Wire, frozen=True):
    """What units have heard and the controller does not have."""

    units: int
    """How many units."""

    epoch: int
    revision: int
    """The newest of it."""

    names: tuple[str, ...] = ()
    """Of some of those units, those first that have heard the newest."""


class Level(wire.Wire, frozen=True):
    """The status of an application or the model."""

    tag: str
    code: str
    info: str
    since: wire.Instant
    revision: int
    end: End | None = None
    """Absent where it stays until it is set again."""


class ControllerClock(wire.Wire, frozen=True):
    """A controller process on the same database, and how its machine's clock goes."""

    addresses: tuple[str, ...]
    """Where it is reached, ``host:port``."""

    seen: wire.Instant
    """Its last heartbeat."""

    ahead_seconds: float | None = None
    """How far its clock is ahead of the database's; absent where that has none of its own."""


class StatusResult(wire.Wire, frozen=True):
    """MeterStatusAdmin.Status's result."""

    revision: int
    """The newest revision this view holds."""

    controller: str
    """The UUID."""

    model: str
    """The UUID."""

    model_name: str
    units: tuple[UnitStatus, ...]
    levels: tuple[Level, ...] = ()
    """What is set for the model and for applications."""

    epoch: Epoch | None = None
    """Absent from a controller that knows none."""

    maintenance: Maintenance | None = None
    """Absent where none is announced, or it is over."""

    behind: Missing | None = None
    """What is newer than the controller: its store was led back, and units hold on to it."""

    given_up: Missing | None = None
    """What was lost when the epoch began, and units follow the controller all the same."""

    store_revision: int = 0
    """Where the store was led back while the controller ran; absent where it was not."""

    controllers: tuple[ControllerClock, ...] = ()
    """Those that ran at the last heartbeat."""


STATUS = wire.Method(facade.FACADE, "Status", StatusParams, StatusResult)
