"""MeterStatusAdmin, our own facade: units, their statuses, policies and history. Shapes only.

Nothing of Juju's exists for this.
"""

from meterstatus.protocol.facades import meter_status_delivery, wire


class AddUnit(wire.Wire, frozen=True):
    """A unit to add, with its first status; an empty code is NOT SET."""

    unit: str
    """The name, ``shop/0``."""

    code: str = ""
    info: str = ""
    reason: str = ""


class AddUnits(wire.Wire, frozen=True):
    """MeterStatusAdmin.AddUnits's params."""

    units: tuple[AddUnit, ...]


class AddUnitResult(wire.Wire, frozen=True):
    """A unit added: its tag and the password its agent first logs in with."""

    tag: str
    password: str
    error: wire.Error | None = None


class AddUnitResults(wire.Wire, frozen=True):
    """MeterStatusAdmin.AddUnits's result."""

    results: tuple[AddUnitResult, ...]


class RemoveUnit(wire.Wire, frozen=True):
    """A unit to remove."""

    unit: str
    reason: str = ""


class RemoveUnits(wire.Wire, frozen=True):
    """MeterStatusAdmin.RemoveUnits's params; the result is ``ErrorResults``."""

    units: tuple[RemoveUnit, ...]


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


class Level(wire.Wire, frozen=True):
    """The status of an application or the model."""

    tag: str
    code: str
    info: str
    since: wire.Instant
    revision: int
    end: End | None = None
    """Absent where it stays until it is set again."""


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


class HistoryParams(wire.Wire, frozen=True):
    """MeterStatusAdmin.History's params."""

    entity: str = ""
    """A unit, an application, or "" for the whole model."""

    limit: int = 0
    """The most changes to return; 0 leaves it to the controller."""

    before_revision: int = 0
    """Only changes before this revision; 0 begins at the newest."""


class StoredStatus(wire.Wire, frozen=True):
    """A status as stored."""

    code: str
    info: str


class Change(wire.Wire, frozen=True):
    """One change of one unit, or of a policy or a level, whose ``scope`` says which."""

    revision: int
    time: wire.Instant
    user: str
    """The name of who made it: a user, or the unit whose agent took a new password."""

    unit: str
    """Empty for a policy that is not of one unit alone."""

    action: str
    """``add``, ``set``, ``remove``, ``password``, ``policy``, ``epoch`` or ``maintenance``."""

    reason: str
    old: StoredStatus | None = None
    """Absent where the unit was not there before."""

    new: StoredStatus | None = None
    """Absent where it is not there after."""

    scope: str = ""
    """The tag that a policy was set for; absent where it is no change of a policy."""

    old_policy: wire.Policy | None = None
    """Absent where none was set."""

    new_policy: wire.Policy | None = None
    """Absent where none is set any more."""

    epoch: Epoch | None = None
    """The epoch that began; absent where none did."""

    maintenance: Maintenance | None = None
    """What was announced; absent where it was ended."""

    until: wire.Instant | None = None
    """When the new status ends; absent where it stays."""

    ended_revision: int = 0
    """The revision whose time was over; absent from a change that somebody made."""


class ReportedDelivery(wire.Wire, frozen=True):
    """What a unit's agent reported of a hook."""

    unit: str
    received: wire.Instant
    """By the controller's clock: for a stage, when there was contact again."""

    delivery: meter_status_delivery.Delivery


class HistoryResult(wire.Wire, frozen=True):
    """MeterStatusAdmin.History's result, newest first."""

    changes: tuple[Change, ...]
    deliveries: tuple[ReportedDelivery, ...] = ()
    """As many at most; only where the history is asked for from its newest change on."""

    removed_up_to: int = 0
    """Up to which revision old changes are no longer kept; 0 where none was removed."""


class SetStatusesParams(wire.Wire, frozen=True):
    """What to set, or to look at first.

    A level is an application or the model itself, with the units that are added later; else every unit named,
    and every unit of each application named, is set by itself, all or none.
    """

    tags: tuple[str, ...]
    is_level: bool = False
    code: str = ""
    """"" takes a level's status away."""

    info: str = ""
    reason: str = ""
    revision: int = 0
    """Of the preview that was agreed to; a unit changed since refuses. 0 agrees to anything."""

    blast_radius_percent: float | None = None
    """How much of the model may become RED; None is the controller's own."""

    is_preview: bool = False
    """Only say what it would do."""

    for_seconds: float | None = None
    """How long it is to hold; None leaves it until it is set again."""


class Told(wire.Wire, frozen=True):
    """How many units are told something else."""

    old: str
    """The code that they were told before."""

    new: str
    units: int


class SetStatusesResult(wire.Wire, frozen=True):
    """What was changed, or would be."""

    revision: int
    """Of the fleet that it was reckoned from."""

    units: int
    """How many there are in the model."""

    told: tuple[Told, ...]
    until: wire.Instant | None = None
    """When it ends; absent where it does not, and from a controller that knows no ends."""

    then: tuple[Told, ...] = ()
    """Who is told something else again at that end, where nothing is set meanwhile."""


class UndoParams(wire.Wire, frozen=True):
    """A change to undo, with all that were made by the same call."""

    revision: int
    reason: str = ""
    blast_radius_percent: float | None = None
    seen_revision: int = 0
    """Of the preview that was agreed to; a unit changed since refuses. 0 agrees to anything."""


class PreviewUndoParams(wire.Wire, frozen=True):
    """A change of which to say what undoing it would do.

    A method of its own: a controller that knows no preview passes over what it does not know in the params,
    and would undo.
    """

    revision: int


class SetPolicyArg(wire.Wire, frozen=True):
    """A policy to set, whole."""

    tag: str
    """Of a unit, an application or the model."""

    policy: wire.Policy
    reason: str = ""


class SetPolicyArgs(wire.Wire, frozen=True):
    """MeterStatusAdmin.SetPolicy's params; the result is ``ErrorResults``."""

    policies: tuple[SetPolicyArg, ...]


class RemovePolicyArg(wire.Wire, frozen=True):
    """A policy to take away."""

    tag: str
    """Of a unit, an application or the model."""

    reason: str = ""


class RemovePolicyArgs(wire.Wire, frozen=True):
    """MeterStatusAdmin.RemovePolicy's params; the result is ``ErrorResults``."""

    policies: tuple[RemovePolicyArg, ...]


class NewEpoch(wire.Wire, frozen=True):
    """MeterStatusAdmin.NewEpoch's params; the result is ``Epoch``."""

    reason: str
    """Must be given."""


class AnnounceMaintenance(wire.Wire, frozen=True):
    """MeterStatusAdmin.AnnounceMaintenance's params."""

    seconds: float
    """How long from now; 0 ends it."""

    reason: str = ""


class MaintenanceResult(wire.Wire, frozen=True):
    """MeterStatusAdmin.AnnounceMaintenance's result."""

    maintenance: Maintenance | None = None
    """What is announced now; absent where nothing is."""

    connected: int = 0
    """The units whose agents are connected, and hear of it at once."""

    units: int = 0
    """All units."""


class PoliciesResult(wire.Wire, frozen=True):
    """MeterStatusAdmin.Policies's result: every policy that is set."""

    revision: int
    """The newest revision this view holds."""

    policies: tuple[Ruling, ...]


METER_STATUS_ADMIN = wire.Facade(
    "MeterStatusAdmin",
    1,
    {
        "AddUnits": wire.Method(AddUnits, AddUnitResults),
        "RemoveUnits": wire.Method(RemoveUnits, wire.ErrorResults),
        "Status": wire.Method(StatusParams, StatusResult),
        "History": wire.Method(HistoryParams, HistoryResult),
        "SetStatuses": wire.Method(SetStatusesParams, SetStatusesResult),
        "Undo": wire.Method(UndoParams, SetStatusesResult),
        "PreviewUndo": wire.Method(PreviewUndoParams, SetStatusesResult),
        "SetPolicy": wire.Method(SetPolicyArgs, wire.ErrorResults),
        "RemovePolicy": wire.Method(RemovePolicyArgs, wire.ErrorResults),
        "Policies": wire.Method(wire.Empty, PoliciesResult),
        "NewEpoch": wire.Method(NewEpoch, Epoch),
        "AnnounceMaintenance": wire.Method(AnnounceMaintenance, MaintenanceResult),
    },
)
