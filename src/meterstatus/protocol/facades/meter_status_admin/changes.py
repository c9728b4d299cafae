"""Statuses are set and undone, and what was changed is looked up. Shapes only."""

from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status_delivery
from meterstatus.protocol.facades.meter_status_admin import facade, fleet_status


class HistoryParams(wire.Wire, frozen=True):
    """MeterStatusAdmin.History's params."""

    entity: str = ""
    """A unit, an application, or "" for the whole model."""

    limit: int = 0
    """The most changes to return; 0 leaves it to the controller."""

    before_revision: int = 0
    """Only changes before this revision; 0 begins at the newest."""

    is_without_own: bool = False
    """Leave out what agents changed of their own units: their passwords."""


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

    epoch: fleet_status.Epoch | None = None
    """The epoch that began; absent where none did."""

    maintenance: fleet_status.Maintenance | None = None
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

    made_revision: int = 0
    """Of what was changed, for ``Undo``; 0 where nothing was, and from a controller that does not say."""


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


HISTORY = wire.Method(facade.FACADE, "History", HistoryParams, HistoryResult)
SET_STATUSES = wire.Method(facade.FACADE, "SetStatuses", SetStatusesParams, SetStatusesResult)
UNDO = wire.Method(facade.FACADE, "Undo", UndoParams, SetStatusesResult)
PREVIEW_UNDO = wire.Method(facade.FACADE, "PreviewUndo", PreviewUndoParams, SetStatusesResult)
