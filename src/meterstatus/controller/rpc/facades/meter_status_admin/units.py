"""MeterStatusAdmin: a user adds and removes units, sets policies, and looks at it all. Ours alone."""

import datetime

from meterstatus import errors
from meterstatus.controller import slices
from meterstatus.controller.rpc import interface
from meterstatus.controller.rpc.facades.meter_status_admin import changes as mass_admin
from meterstatus.controller.rpc.facades.meter_status_admin import fleet_status, rules
from meterstatus.controller.service import history, unit_view
from meterstatus.domain import names, policy, status
from meterstatus.domain.fleet import effective_policy, records
from meterstatus.domain.hook import delivery_report
from meterstatus.protocol import deliveries, policies, wire
from meterstatus.protocol.facades import meter_status_admin

_DEFAULT_HISTORY = 100


async def _add_units(
    call: interface.Call, params: meter_status_admin.AddUnits
) -> meter_status_admin.AddUnitResults:
    results = await slices.together(lambda unit: _add_one(call, unit), params.units)
    return meter_status_admin.AddUnitResults(results)


async def _add_one(
    call: interface.Call, unit: meter_status_admin.AddUnit
) -> meter_status_admin.AddUnitResult:
    initial = status.MeterStatus(unit.code, unit.info) if unit.code or unit.info else None
    try:
        password = await call.service.add_unit(interface.user(call), unit.unit, initial, unit.reason)
    except errors.MeterStatusError as error:
        return meter_status_admin.AddUnitResult("", "", interface.wire_error(error))
    return meter_status_admin.AddUnitResult(names.unit_tag(unit.unit), password)


async def _remove_units(call: interface.Call, params: meter_status_admin.RemoveUnits) -> wire.ErrorResults:
    return wire.ErrorResults(await slices.together(lambda unit: _remove_one(call, unit), params.units))


async def _remove_one(call: interface.Call, unit: meter_status_admin.RemoveUnit) -> wire.ErrorResult:
    try:
        await call.service.remove_unit(interface.user(call), unit.unit, unit.reason)
    except errors.MeterStatusError as error:
        return wire.ErrorResult(interface.wire_error(error))
    return wire.ErrorResult()


async def _status(
    call: interface.Call, params: meter_status_admin.StatusParams
) -> meter_status_admin.StatusResult:
    interface.user(call).require(records.Access.READ)
    await call.service.look_at_store()
    found = await call.service.find_units(interface.user(call), params.patterns)
    identity, place, heard = call.service.identity, call.service.place, call.service.claims
    now = call.service.now()
    revision = call.service.revision
    units = await slices.each(lambda unit: _unit_status(call, unit, now), found)
    return meter_status_admin.StatusResult(
        revision=revision,
        controller=identity.controller_uuid,
        model=identity.model_uuid,
        model_name=identity.model_name,
        units=units,
        levels=tuple(map(rules.level, call.service.levels.everything())),
        epoch=rules.epoch(call.service.epoch),
        maintenance=rules.maintenance(call.service.maintenance),
        behind=rules.missing(heard.behind(place)),
        given_up=rules.missing(heard.given_up(place)),
        store_revision=call.service.led_back_to,
        controllers=tuple(map(rules.controller, call.service.controllers)),
    )


def _unit_status(
    call: interface.Call, unit: records.Unit, now: datetime.datetime
) -> meter_status_admin.UnitStatus:
    told, held = unit.effective, call.service.rulings.of(unit.name)
    seen = unit_view.of(call.service, unit, held, now)
    return meter_status_admin.UnitStatus(
        unit=unit.name,
        code=unit.status.code,
        info=unit.status.info,
        told_code=told.code,
        told_info=told.info,
        since=unit.since,
        revision=unit.revision,
        connected=call.service.presence.is_connected(unit.name),
        ruling=None if held is None else _ruling(held),
        contact=fleet_status.contact(seen.contact),
        delivered=fleet_status.delivered(seen.delivered),
        delivered_before=fleet_status.delivered(seen.delivered_before),
        predicted=fleet_status.predicted(seen.predicted),
        end=rules.end(unit.limit),
        hook_told=seen.told.value,
        trouble=None if seen.trouble is None else deliveries.trouble_to_wire(seen.trouble),
    )


def _ruling(held: effective_policy.Ruling) -> meter_status_admin.Ruling:
    return meter_status_admin.Ruling(str(held.scope), policies.to_wire(held.policy), held.revision)


async def _set_policy(call: interface.Call, params: meter_status_admin.SetPolicyArgs) -> wire.ErrorResults:
    return wire.ErrorResults(await slices.together(lambda arg: _set_one_policy(call, arg), params.policies))


async def _remove_policy(
    call: interface.Call, params: meter_status_admin.RemovePolicyArgs
) -> wire.ErrorResults:
    return wire.ErrorResults(
        await slices.together(lambda arg: _remove_one_policy(call, arg), params.policies)
    )


async def _set_one_policy(call: interface.Call, arg: meter_status_admin.SetPolicyArg) -> wire.ErrorResult:
    try:
        wanted = policies.from_wire(arg.policy)
        await call.service.set_policy(interface.user(call), arg.tag, wanted, arg.reason)
    except errors.MeterStatusError as error:
        return wire.ErrorResult(interface.wire_error(error))
    return wire.ErrorResult()


async def _remove_one_policy(
    call: interface.Call, arg: meter_status_admin.RemovePolicyArg
) -> wire.ErrorResult:
    try:
        await call.service.set_policy(interface.user(call), arg.tag, None, arg.reason)
    except errors.MeterStatusError as error:
        return wire.ErrorResult(interface.wire_error(error))
    return wire.ErrorResult()


async def _policies(call: interface.Call, _: wire.Empty) -> meter_status_admin.PoliciesResult:
    revision, held = call.service.revision, call.service.policies(interface.user(call))
    return meter_status_admin.PoliciesResult(revision, await slices.each(_ruling, held))


async def _history(
    call: interface.Call, params: meter_status_admin.HistoryParams
) -> meter_status_admin.HistoryResult:
    wanted = params.limit if params.limit > 0 else _DEFAULT_HISTORY
    before = params.before_revision if params.before_revision > 0 else None
    limit = min(wanted, call.max_history)
    user = interface.user(call)
    changes = await history.changes(
        call.service, user, params.entity, before, limit, is_without_own=params.is_without_own
    )
    removed = await history.removed_up_to(call.service, user)
    listed = await slices.each(_change, changes)
    if before is not None:
        return meter_status_admin.HistoryResult(listed, removed_up_to=removed)
    reported = await history.deliveries(call.service, user, params.entity, limit)
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
        epoch=None if change.epoch is None else rules.epoch(change.epoch),
        maintenance=rules.maintenance(change.maintenance),
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


METER_STATUS_ADMIN = interface.Implementation(
    meter_status_admin.METER_STATUS_ADMIN,
    interface.is_user,
    {
        "AddUnits": _add_units,
        "RemoveUnits": _remove_units,
        "Status": _status,
        "History": _history,
        "SetStatuses": mass_admin.set_statuses,
        "Undo": mass_admin.undo,
        "PreviewUndo": mass_admin.preview_undo,
        "SetPolicy": _set_policy,
        "RemovePolicy": _remove_policy,
        "Policies": _policies,
        "NewEpoch": rules.new_epoch,
        "DismissHeard": rules.dismiss_heard,
        "AnnounceMaintenance": rules.announce_maintenance,
    },
)
