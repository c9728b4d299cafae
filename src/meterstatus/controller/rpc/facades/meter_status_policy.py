"""MeterStatusPolicy: an agent and the policy that rules its own unit. Ours alone."""

from meterstatus import errors
from meterstatus.controller.rpc import interface
from meterstatus.controller.service import service
from meterstatus.domain import epoch
from meterstatus.protocol import policies, wire
from meterstatus.protocol.facades import meter_status_policy


def word(of: service.Service, unit: str) -> wire.PolicyResult:
    """Say what rules a unit at this moment."""
    held, place = of.rulings.of(unit), of.place
    return wire.PolicyResult(
        of.revision,
        None if held is None else policies.to_wire(held.policy),
        epoch=place.epoch,
        epoch_base=place.base,
        maintenance_seconds=of.maintenance_rest.total_seconds() or 0,
    )


def _get_policy(call: interface.Call, params: wire.Entities) -> meter_status_policy.PolicyResults:
    return meter_status_policy.PolicyResults(tuple(_get_one(call, entity.tag) for entity in params.entities))


def _get_one(call: interface.Call, tag: str) -> wire.PolicyResult:
    agent = interface.agent(call)
    try:
        interface.check_own(agent, tag)
        unit = call.service.unit_of(agent)
    except errors.MeterStatusError as error:
        return wire.PolicyResult(call.service.revision, error=interface.wire_error(error))
    return word(call.service, unit.name)


async def _report_heard(
    call: interface.Call, params: meter_status_policy.ReportHeard
) -> meter_status_policy.HeardResults:
    return meter_status_policy.HeardResults(
        tuple([await _hear_one(call, report) for report in params.reports])
    )


async def _hear_one(call: interface.Call, said: meter_status_policy.Heard) -> meter_status_policy.HeardResult:
    agent = interface.agent(call)
    try:
        interface.check_own(agent, said.tag)
        known = await call.service.hear_of(agent, epoch.Place(said.epoch, said.revision))
    except errors.MeterStatusError as error:
        return meter_status_policy.HeardResult(known=False, error=interface.wire_error(error))
    return meter_status_policy.HeardResult(known)


IMPLEMENTATION = interface.Implementation(
    meter_status_policy.FACADE,
    interface.is_agent,
    interface.Handler(meter_status_policy.GET_POLICY, _get_policy),
    interface.Handler(meter_status_policy.REPORT_HEARD, _report_heard),
    max_elements=interface.MAX_OWN_ELEMENTS,
)
