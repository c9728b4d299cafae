"""MeterStatusAdmin: policies are set, epochs begun, and maintenance is announced."""

from meterstatus import errors
from meterstatus.controller import slices
from meterstatus.controller.rpc import interface
from meterstatus.controller.rpc.facades.meter_status_admin import fleet_status
from meterstatus.domain import maintenance as maintenances
from meterstatus.domain import names
from meterstatus.protocol import policies, wire
from meterstatus.protocol.facades import meter_status_admin


async def new_epoch(call: interface.Call, params: meter_status_admin.NewEpoch) -> meter_status_admin.Epoch:
    """Begin an epoch."""
    began = await call.service.administration.begin_epoch(interface.user(call), params.reason)
    return fleet_status.epoch(began)


def dismiss_heard(call: interface.Call, params: meter_status_admin.DismissHeard) -> wire.ErrorResults:
    """Believe some units no more in what they have heard."""
    return wire.ErrorResults(tuple(_dismiss_one(call, unit, params.reason) for unit in params.units))


def _dismiss_one(call: interface.Call, unit: str, reason: str) -> wire.ErrorResult:
    try:
        call.service.administration.dismiss_claim(interface.user(call), unit, reason)
    except errors.MeterStatusError as error:
        return wire.ErrorResult(interface.wire_error(error))
    return wire.ErrorResult()


async def announce_maintenance(
    call: interface.Call, params: meter_status_admin.AnnounceMaintenance
) -> meter_status_admin.MaintenanceResult:
    """Announce maintenance, or end it."""
    span = interface.span(params.seconds, maintenances.LONGEST, "maintenance of", "1 s to 24 h")
    # Only what was sent as none ends it: what is too short to be a span is refused.
    wanted = span if params.seconds else None
    announced = await call.service.administration.announce_maintenance(
        interface.user(call), wanted, params.reason
    )
    return meter_status_admin.MaintenanceResult(
        fleet_status.maintenance(announced.maintenance),
        connected=announced.connected,
        units=announced.units,
    )


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
        await call.service.policies.set(interface.user(call), names.parse_tag(arg.tag), wanted, arg.reason)
    except errors.MeterStatusError as error:
        return wire.ErrorResult(interface.wire_error(error))
    return wire.ErrorResult()


async def _remove_one_policy(
    call: interface.Call, arg: meter_status_admin.RemovePolicyArg
) -> wire.ErrorResult:
    try:
        await call.service.policies.set(interface.user(call), names.parse_tag(arg.tag), None, arg.reason)
    except errors.MeterStatusError as error:
        return wire.ErrorResult(interface.wire_error(error))
    return wire.ErrorResult()


async def _policies(call: interface.Call, _: wire.Empty) -> meter_status_admin.PoliciesResult:
    revision, held = call.service.policies.everything(interface.user(call))
    return meter_status_admin.PoliciesResult(revision, await slices.each(fleet_status.ruling, held))


HANDLERS = (
    interface.Handler(meter_status_admin.SET_POLICY, _set_policy),
    interface.Handler(meter_status_admin.REMOVE_POLICY, _remove_policy),
    interface.Handler(meter_status_admin.POLICIES, _policies),
    interface.Handler(meter_status_admin.NEW_EPOCH, new_epoch),
    interface.Handler(meter_status_admin.DISMISS_HEARD, dismiss_heard),
    interface.Handler(meter_status_admin.ANNOUNCE_MAINTENANCE, announce_maintenance),
)
