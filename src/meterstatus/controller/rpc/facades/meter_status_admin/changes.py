"""MeterStatusAdmin: the statuses of many units are set and undone by one call, and looked up later."""

import collections
import datetime

from meterstatus.controller import slices
from meterstatus.controller.fleet import dry_run
from meterstatus.controller.rpc import interface
from meterstatus.controller.rpc.facades.meter_status_admin import fleet_status
from meterstatus.domain import names, policy, status
from meterstatus.domain.fleet import blast_radius, records, time_limit
from meterstatus.domain.hook import delivery_report
from meterstatus.protocol import deliveries, policies, wire
from meterstatus.protocol.facades import meter_status_admin

_DEFAULT_HISTORY = 100


async def set_statuses(
    call: interface.Call, params: meter_status_admin.SetStatusesParams
) -> meter_status_admin.SetStatusesResult:
    """Set statuses, or say what that would do."""
    wanted = status.MeterStatus(params.code, params.info) if params.code else None
    tags = await slices.each(names.parse_tag, params.tags)
    wish = dry_run.Wish(tags, params.is_level, wanted, _span(params.for_seconds))
    changes, user = call.service.statuses, interface.user(call)
    if params.is_preview:
        return _result(await changes.preview(user, wish))
    radius = _radius(params.blast_radius_percent)
    return _result(await changes.set(user, wish, params.reason, params.revision, radius))


async def undo(
    call: interface.Call, params: meter_status_admin.UndoParams
) -> meter_status_admin.SetStatusesResult:
    """Undo a change."""
    changes, radius = call.service.statuses, _radius(params.blast_radius_percent)
    user, revision = interface.user(call), params.revision
    return _result(await changes.undo(user, revision, params.reason, params.seen_revision, radius))


async def preview_undo(
    call: interface.Call, params: meter_status_admin.PreviewUndoParams
) -> meter_status_admin.SetStatusesResult:
    """Say what undoing a change would do."""
    changes = call.service.statuses
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


async def _history(
    call: interface.Call, params: meter_status_admin.HistoryParams
) -> meter_status_admin.HistoryResult:
    wanted = params.limit if params.limit > 0 else _DEFAULT_HISTORY
    before = params.before_revision if params.before_revision > 0 else None
    limit = min(wanted, call.max_history)
    user = interface.user(call)
    changes = await call.service.history.changes(
        user, params.entity, before, limit, is_without_own=params.is_without_own
    )
    removed = await call.service.history.removed_up_to(user)
    listed = await slices.each(_change, changes)
    if before is not None:
        return meter_status_admin.HistoryResult(listed, removed_up_to=removed)
    reported = await call.service.history.deliveries(user, params.entity, limit)
    return meter_status_admin.HistoryResult(listed, await slices.each(_reported, reported), removed)


def _reported(received: delivery_report.ReceivedReport) -> meter_status_admin.ReportedDelivery:
    return meter_status_admin.ReportedDelivery(
        received.unit, received.received_at, deliveries.to_wire(received.report)
    )


def _change(change: records.Change) -> meter_status_admin.Change:
    return meter_status_admin.Change(
        revision=change.revision,
        time=change.author.at,
        user=names.parse_tag(change.author.who).name,
        unit=change.unit,
        action=change.kind.value,
        reason=change.author.why,
        old=_stored(change.old),
        new=_stored(change.new),
        scope=_scope(change),
        old_policy=None if change.policy is None else _set(change.policy.old),
        new_policy=None if change.policy is None else _set(change.policy.new),
        epoch=None if change.epoch is None else fleet_status.epoch(change.epoch),
        maintenance=fleet_status.maintenance(change.maintenance),
        until=None if change.limit is None else change.limit.until,
        ended_revision=change.ended,
    )


def _set(held: policy.Policy | None) -> wire.Policy | None:
    return None if held is None else policies.to_wire(held)


def _scope(change: records.Change) -> str:
    of = change.level if change.policy is None else change.policy.scope
    return "" if of is None else str(of)


def _stored(stored: status.MeterStatus | None) -> meter_status_admin.StoredStatus | None:
    return None if stored is None else meter_status_admin.StoredStatus(stored.code, stored.info)


HANDLERS = (
    interface.Handler(meter_status_admin.HISTORY, _history),
    interface.Handler(meter_status_admin.SET_STATUSES, set_statuses),
    interface.Handler(meter_status_admin.UNDO, undo),
    interface.Handler(meter_status_admin.PREVIEW_UNDO, preview_undo),
)
