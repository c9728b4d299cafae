"""MeterStatusAdmin: a user adds and removes units."""

from meterstatus import errors
from meterstatus.controller import slices
from meterstatus.controller.rpc import interface
from meterstatus.domain import names, status
from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status_admin


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
        password = await call.service.units.add(interface.user(call), unit.unit, initial, unit.reason)
    except errors.MeterStatusError as error:
        return meter_status_admin.AddUnitResult("", "", interface.wire_error(error))
    return meter_status_admin.AddUnitResult(names.unit_tag(unit.unit), password)


async def _remove_units(call: interface.Call, params: meter_status_admin.RemoveUnits) -> wire.ErrorResults:
    return wire.ErrorResults(await slices.together(lambda unit: _remove_one(call, unit), params.units))


async def _remove_one(call: interface.Call, unit: meter_status_admin.RemoveUnit) -> wire.ErrorResult:
    try:
        await call.service.units.remove(interface.user(call), unit.unit, unit.reason)
    except errors.MeterStatusError as error:
        return wire.ErrorResult(interface.wire_error(error))
    return wire.ErrorResult()


HANDLERS = (
    interface.Handler(meter_status_admin.ADD_UNITS, _add_units),
    interface.Handler(meter_status_admin.REMOVE_UNITS, _remove_units),
)
