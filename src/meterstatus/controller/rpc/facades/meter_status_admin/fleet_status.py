"""MeterStatusAdmin.Status: how each unit is and the whole fleet, in the shapes of the wire."""

from meterstatus.controller import slices
from meterstatus.controller.fleet import claims
from meterstatus.controller.rpc import interface
from meterstatus.controller.service import unit_view
from meterstatus.domain import epoch as epochs
from meterstatus.domain import maintenance as maintenances
from meterstatus.domain import names
from meterstatus.domain.fleet import effective_policy, prediction, presence, time_limit
from meterstatus.domain.fleet import level as levels
from meterstatus.domain.hook import delivery_report
from meterstatus.protocol import deliveries, policies
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


def ruling(held: effective_policy.Ruling) -> meter_status_admin.Ruling:
    """Say what a policy is set to, and where."""
    return meter_status_admin.Ruling(str(held.scope), policies.to_wire(held.policy), held.revision)


def contact(held: presence.Contact | None) -> meter_status_admin.Contact | None:
    """Return a contact's form on the wire; None where there was none."""
    if held is None:
        return None
    return meter_status_admin.Contact(held.controller, held.since, held.last_contact, held.is_exact)


def delivered(held: delivery_report.ReceivedReport | None) -> meter_status_admin.Delivered | None:
    """Return a report's form on the wire; None where there was none."""
    if held is None:
        return None
    return meter_status_admin.Delivered(held.received_at, deliveries.to_wire(held.report))


def predicted(made: prediction.Prediction | None) -> meter_status_admin.Predicted | None:
    """Return a prediction's form on the wire; None where nothing is predicted."""
    if made is None:
        return None
    upcoming = made.upcoming
    return meter_status_admin.Predicted(
        code="" if made.status is None else made.status.code,
        info="" if made.status is None else made.status.info,
        stage=made.stage,
        next_stage=None if upcoming is None else meter_status_admin.NextStage(upcoming.code, upcoming.at),
        early_by_seconds=made.early_by.total_seconds(),
        assumptions=tuple(assumption.value for assumption in made.assumptions),
    )


async def _status(
    call: interface.Call, params: meter_status_admin.StatusParams
) -> meter_status_admin.StatusResult:
    found = await call.service.fleet_status.look(interface.user(call), params.patterns)
    identity = found.identity
    return meter_status_admin.StatusResult(
        revision=found.revision,
        controller=identity.controller_uuid,
        model=identity.model_uuid,
        model_name=identity.model_name,
        units=await slices.each(_unit_status, found.units),
        levels=tuple(map(level, found.levels)),
        epoch=epoch(found.epoch),
        maintenance=maintenance(found.maintenance),
        behind=missing(found.behind),
        given_up=missing(found.given_up),
        store_revision=found.rolled_back_to,
        controllers=tuple(map(controller, found.controllers)),
    )


def _unit_status(seen: unit_view.UnitView) -> meter_status_admin.UnitStatus:
    unit, told = seen.unit, seen.unit.effective
    return meter_status_admin.UnitStatus(
        unit=unit.name,
        code=unit.status.code,
        info=unit.status.info,
        told_code=told.code,
        told_info=told.info,
        since=unit.since,
        revision=unit.revision,
        connected=seen.is_connected,
        ruling=None if seen.policy is None else ruling(seen.policy),
        contact=contact(seen.contact),
        delivered=delivered(seen.delivered),
        delivered_before=delivered(seen.delivered_before),
        predicted=predicted(seen.predicted),
        end=end(unit.limit),
        hook_told=seen.told.value,
        trouble=None if seen.trouble is None else deliveries.trouble_to_wire(seen.trouble),
    )


HANDLERS = (interface.Handler(meter_status_admin.STATUS, _status),)
