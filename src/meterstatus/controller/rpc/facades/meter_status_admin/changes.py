"""MeterStatusAdmin.SetStatuses, Undo and PreviewUndo: the statuses of many units by one call."""

import collections
import datetime

from meterstatus.controller import slices
from meterstatus.controller.fleet import dry_run
from meterstatus.controller.rpc import interface
from meterstatus.controller.service import mass_changes
from meterstatus.domain import names, status
from meterstatus.domain.fleet import blast_radius, time_limit
from meterstatus.protocol.facades import meter_status_admin


async def set_statuses(
    call: interface.Call, params: meter_status_admin.SetStatusesParams
) -> meter_status_admin.SetStatusesResult:
    """Set statuses, or say what that would do."""
    wanted = status.MeterStatus(params.code, params.info) if params.code else None
    tags = await slices.each(names.parse_tag, params.tags)
    wish = dry_run.Wish(tags, params.is_level, wanted, _span(params.for_seconds))
    changes, user = mass_changes.MassChanges(call.service), interface.user(call)
    if params.is_preview:
        return _result(await changes.preview(user, wish))
    radius = _radius(params.blast_radius_percent)
    return _result(await changes.set(user, wish, params.reason, params.revision, radius))


async def undo(
    call: interface.Call, params: meter_status_admin.UndoParams
) -> meter_status_admin.SetStatusesResult:
    """Undo a change."""
    changes, radius = mass_changes.MassChanges(call.service), _radius(params.blast_radius_percent)
    user, revision = interface.user(call), params.revision
    return _result(await changes.undo(user, revision, params.reason, params.seen_revision, radius))


async def preview_undo(
    call: interface.Call, params: meter_status_admin.PreviewUndoParams
) -> meter_status_admin.SetStatusesResult:
    """Say what undoing a change would do."""
    changes = mass_changes.MassChanges(call.service)
    return _result(await changes.preview_undo(interface.user(call), params.revision))


def _radius(percent: float | None) -> blast_radius.BlastRadius | None:
    return None if percent is None else blast_radius.BlastRadius(percent)


def _span(seconds: float | None) -> datetime.timedelta | None:
    if seconds is None:
        return None
    return interface.span(seconds, time_limit.LONGEST, "a status for", "10 s to 400 days")


def _result(outcome: dry_run.Outcome) -> meter_status_admin.SetStatusesResult:
    return meter_status_admin.SetStatusesResult(
        outcome.revision,
        outcome.units,
        _told(outcome.told),
        outcome.until,
        _told(outcome.then),
        outcome.made,
    )


def _told(counted: collections.Counter[tuple[str, str]]) -> tuple[meter_status_admin.Told, ...]:
    return tuple(meter_status_admin.Told(*codes, units) for codes, units in sorted(counted.items()))
