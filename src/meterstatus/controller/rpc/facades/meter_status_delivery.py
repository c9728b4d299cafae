"""MeterStatusDelivery: an agent reports which status reached its own unit's hook, or why none. Ours alone."""

from meterstatus import errors
from meterstatus.controller.rpc import interface
from meterstatus.domain import backoff
from meterstatus.protocol import deliveries, wire
from meterstatus.protocol.facades import meter_status_delivery


async def _report_deliveries(
    call: interface.Call, params: meter_status_delivery.ReportDeliveries
) -> wire.ErrorResults:
    # One after the other: together, a store that takes its time would keep them in any order. And none after
    # one that the store could not take: the agent sends that one again, and it would come to stand last.
    results: list[wire.ErrorResult] = []
    for each in params.reports:
        results.append(await _report_one(call, each))
        error = results[-1].error
        if error is not None and error.code == backoff.AGAIN:
            results += [results[-1]] * (len(params.reports) - len(results))
            break
    return wire.ErrorResults(tuple(results))


async def _report_one(call: interface.Call, said: meter_status_delivery.ReportDelivery) -> wire.ErrorResult:
    agent = interface.agent(call)
    try:
        report = deliveries.from_wire(said.delivery)
        await call.service.agents.record_delivery(agent, interface.tag(said.tag), report)
    except errors.OutcomeUnknownError as error:
        # It may be kept, and the same report again changes nothing.
        return wire.ErrorResult(wire.Error(str(error), backoff.AGAIN))
    except errors.MeterStatusError as error:
        return wire.ErrorResult(interface.wire_error(error))
    return wire.ErrorResult()


def _report_trouble(call: interface.Call, params: meter_status_delivery.ReportTrouble) -> wire.ErrorResults:
    return wire.ErrorResults(tuple(_receive_one(call, each) for each in params.reports))


def _receive_one(call: interface.Call, said: meter_status_delivery.TroubleReport) -> wire.ErrorResult:
    agent = interface.agent(call)
    try:
        now = None if said.trouble is None else deliveries.trouble_from_wire(said.trouble)
        call.service.agents.receive_trouble(agent, interface.tag(said.tag), now)
    except errors.MeterStatusError as error:
        return wire.ErrorResult(interface.wire_error(error))
    return wire.ErrorResult()


IMPLEMENTATION = interface.Implementation(
    meter_status_delivery.FACADE,
    interface.is_agent,
    interface.Handler(meter_status_delivery.REPORT_DELIVERIES, _report_deliveries),
    interface.Handler(meter_status_delivery.REPORT_TROUBLE, _report_trouble),
    max_elements=interface.MAX_OWN_ELEMENTS,
)
