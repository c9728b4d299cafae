"""MeterStatusAdmin's part of the whole fleet: its epoch, announced maintenance, and what is missing."""

from meterstatus import errors
from meterstatus.controller.fleet import claims
from meterstatus.controller.rpc import interface
from meterstatus.domain import epoch as epochs
from meterstatus.domain import maintenance as maintenances
from meterstatus.domain import names
from meterstatus.domain.fleet import level as levels
from meterstatus.domain.fleet import presence, time_limit
from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status_admin


def epoch(held: epochs.Epoch) -> meter_status_admin.Epoch:
    """Say which epoch it is, and how it began."""
    user = names.parse_tag(held.who).name if held.who else ""
    return meter_status_admin.Epoch(held.number, held.base, held.began, user, held.why)


def maintenance(held: maintenances.Maintenance | None) -> meter_status_admin.Maintenance | None:
    """Say what was announced; None where nothing was."""
    if held is None:
        return None
    return meter_status_admin.Maintenance(held.since, held.until, names.parse_tag(held.who).name, held.why)


def level(held: levels.Level) -> meter_status_admin.Level:
    """Say what is set for an application or the model."""
    status = held.status
    scope, ends = str(held.scope), end(held.limit)
    return meter_status_admin.Level(scope, status.code, status.info, held.since, held.revision, ends)


def end(limit: time_limit.TimeLimit | None) -> meter_status_admin.End | None:
    """Say when a status ends, and what stands then; None where it has no end."""
    if limit is None:
        return None
    beneath = limit.beneath
    return meter_status_admin.End(limit.until, *(() if beneath is None else (beneath.code, beneath.info)))


def missing(found: claims.Missing | None) -> meter_status_admin.Missing | None:
    """Say what units have heard that is not here; None where there is nothing such."""
    if found is None:
        return None
    return meter_status_admin.Missing(found.units, found.newest.epoch, found.newest.revision, found.names)


def controller(running: presence.ControllerProcess) -> meter_status_admin.ControllerClock:
    """Say where a controller is reached, and how its machine's clock goes."""
    ahead = None if running.ahead is None else running.ahead.total_seconds()
    return meter_status_admin.ControllerClock(running.addresses, running.seen_at, ahead)


async def new_epoch(call: interface.Call, params: meter_status_admin.NewEpoch) -> meter_status_admin.Epoch:
    """Begin an epoch."""
    await call.service.begin_epoch(interface.user(call), params.reason)
    return epoch(call.service.epoch)


def dismiss_heard(call: interface.Call, params: meter_status_admin.DismissHeard) -> wire.ErrorResults:
    """Believe some units no more in what they have heard."""
    return wire.ErrorResults(tuple(_dismiss_one(call, unit, params.reason) for unit in params.units))


def _dismiss_one(call: interface.Call, unit: str, reason: str) -> wire.ErrorResult:
    try:
        call.service.dismiss_heard(interface.user(call), unit, reason)
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
    await call.service.announce_maintenance(interface.user(call), wanted, params.reason)
    return meter_status_admin.MaintenanceResult(
        maintenance(call.service.maintenance),
        connected=sum(unit in call.service.presence.connected for unit in call.service.units),
        units=len(call.service.units),
    )
