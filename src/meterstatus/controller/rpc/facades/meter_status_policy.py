"""MeterStatusPolicy: an agent and the policy that rules its own unit. Ours alone."""

from meterstatus import errors
from meterstatus.controller.rpc import interface
from meterstatus.controller.service import agents
from meterstatus.domain import epoch
from meterstatus.protocol import policies, wire
from meterstatus.protocol.facades import meter_status_policy


def word(told: agents.Word) -> wire.PolicyResult:
    """Say what rules a unit, and where its controller is."""
    held, position = told.policy, told.position
    return wire.PolicyResult(
        position.revision,
        None if held is None else policies.to_wire(held),
        epoch=position.epoch,
        epoch_base=position.base,
        maintenance_seconds=told.maintenance_rest.total_seconds() or 0,
    )


def _get_policy(call: interface.Call, params: wire.Entities) -> meter_status_policy.PolicyResults:
    return meter_status_policy.PolicyResults(tuple(_get_one(call, entity.tag) for entity in params.entities))


def _get_one(call: interface.Call, tag: str) -> wire.PolicyResult:
    agent = interface.agent(call)
    try:
        return word(call.service.agents.word(agent, interface.tag(tag)))
    except errors.MeterStatusError as error:
        return wire.PolicyResult(call.service.agents.revision, error=interface.wire_error(error))


async def _report_heard(
    call: interface.Call, params: meter_status_policy.ReportHeard
) -> meter_status_policy.HeardResults:
    return meter_status_policy.HeardResults(
        tuple([await _receive_one(call, report) for report in params.reports])
    )


async def _receive_one(
    call: interface.Call, said: meter_status_policy.Heard
) -> meter_status_policy.HeardResult:
    agent = interface.agent(call)
    try:
        position = epoch.Place(said.epoch, said.revision)
        known = await call.service.agents.receive_position(agent, interface.tag(said.tag), position)
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
