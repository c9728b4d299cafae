"""MeterStatusAdmin: a user adds and removes units, looks at them and at their history. Ours alone."""

import asyncio

from meterstatus import errors
from meterstatus.controller.facades import interface
from meterstatus.domain import fleet, names, status
from meterstatus.protocol import facades

_DEFAULT_HISTORY = 100


async def _add_units(call: interface.Call, params: facades.AddUnits) -> facades.AddUnitResults:
    results = await asyncio.gather(*(_add_one(call, unit) for unit in params.units))
    return facades.AddUnitResults(tuple(results))


async def _add_one(call: interface.Call, unit: facades.AddUnit) -> facades.AddUnitResult:
    initial = status.MeterStatus(unit.code, unit.info) if unit.code or unit.info else None
    try:
        password = await call.service.add_unit(interface.user(call), unit.unit, initial, unit.reason)
    except errors.MeterStatusError as error:
        return facades.AddUnitResult("", "", interface.wire_error(error))
    return facades.AddUnitResult(names.unit_tag(unit.unit), password)


async def _remove_units(call: interface.Call, params: facades.RemoveUnits) -> facades.ErrorResults:
    results = await asyncio.gather(*(_remove_one(call, unit) for unit in params.units))
    return facades.ErrorResults(tuple(results))


async def _remove_one(call: interface.Call, unit: facades.RemoveUnit) -> facades.ErrorResult:
    try:
        await call.service.remove_unit(interface.user(call), unit.unit, unit.reason)
    except errors.MeterStatusError as error:
        return facades.ErrorResult(interface.wire_error(error))
    return facades.ErrorResult()


def _status(call: interface.Call, params: facades.StatusParams) -> facades.StatusResult:
    found = call.service.find_units(interface.user(call), params.patterns)
    identity = call.service.identity
    return facades.StatusResult(
        revision=call.service.revision,
        controller=identity.controller_uuid,
        model=identity.model_uuid,
        model_name=identity.model_name,
        units=tuple(_unit_status(call, unit) for unit in found),
    )


def _unit_status(call: interface.Call, unit: fleet.Unit) -> facades.UnitStatus:
    told = unit.effective
    return facades.UnitStatus(
        unit=unit.name,
        code=unit.status.code,
        info=unit.status.info,
        told_code=told.code,
        told_info=told.info,
        since=unit.since,
        revision=unit.revision,
        connected=unit.name in call.service.connected,
    )


async def _history(call: interface.Call, params: facades.HistoryParams) -> facades.HistoryResult:
    wanted = params.limit if params.limit > 0 else _DEFAULT_HISTORY
    before = params.before_revision if params.before_revision > 0 else None
    limit = min(wanted, call.max_history)
    changes = await call.service.history(interface.user(call), params.entity, before, limit)
    return facades.HistoryResult(tuple(map(_change, changes)))


def _change(change: fleet.Change) -> facades.Change:
    return facades.Change(
        revision=change.revision,
        time=change.author.at,
        user=names.parse_tag(change.author.who).name,
        unit=change.unit,
        action=change.kind.value,
        reason=change.author.why,
        old=_stored(change.old),
        new=_stored(change.new),
    )


def _stored(stored: status.MeterStatus | None) -> facades.StoredStatus | None:
    return None if stored is None else facades.StoredStatus(stored.code, stored.info)


METER_STATUS_ADMIN = interface.Implementation(
    facades.METER_STATUS_ADMIN,
    interface.is_user,
    {"AddUnits": _add_units, "RemoveUnits": _remove_units, "Status": _status, "History": _history},
)
