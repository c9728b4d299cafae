"""MeterStatusAdmin.SetStatuses and Undo: the statuses of many units by one call."""

from meterstatus.controller import mass_changes, supposition
from meterstatus.controller.facades import interface
from meterstatus.domain import blast_radius, names, status
from meterstatus.protocol.facades import meter_status_admin


async def set_statuses(
    call: interface.Call, params: meter_status_admin.SetStatusesParams
) -> meter_status_admin.SetStatusesResult:
    """Set statuses, or say what that would do."""
    wanted = status.MeterStatus(params.code, params.info) if params.code else None
    wish = supposition.Wish(tuple(map(names.parse_tag, params.tags)), params.is_level, wanted)
    changes, user = mass_changes.MassChanges(call.service), interface.user(call)
    if params.is_preview:
        return _result(changes.preview(user, wish))
    radius = _radius(params.blast_radius_percent)
    return _result(await changes.set(user, wish, params.reason, params.revision, radius))


async def undo(
    call: interface.Call, params: meter_status_admin.UndoParams
) -> meter_status_admin.SetStatusesResult:
    """Undo a change."""
    changes, radius = mass_changes.MassChanges(call.service), _radius(params.blast_radius_percent)
    return _result(await changes.undo(interface.user(call), params.revision, params.reason, radius))


def _radius(percent: float | None) -> blast_radius.BlastRadius | None:
    return None if percent is None else blast_radius.BlastRadius(percent)


def _result(outcome: supposition.Outcome) -> meter_status_admin.SetStatusesResult:
    told = [meter_status_admin.Told(*codes, units) for codes, units in sorted(outcome.told.items())]
    return meter_status_admin.SetStatusesResult(outcome.revision, outcome.units, tuple(told))
