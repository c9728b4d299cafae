"""MetricsDebug: a user sets statuses as in Juju (spec juju-api, 6).

Every unit here counts as one of a local charm: the reference refuses others because their vendor sets the
status, and no such vendor service exists any more. No metrics are collected.
"""

from meterstatus import errors
from meterstatus.controller import refusals, slices
from meterstatus.controller.rpc import interface
from meterstatus.domain import names, status
from meterstatus.protocol import wire
from meterstatus.protocol.facades import metrics_debug


async def _set_meter_status(
    call: interface.Call, params: metrics_debug.MeterStatusParams
) -> wire.ErrorResults:
    return wire.ErrorResults(await slices.together(lambda param: _set_one(call, param), params.statues))


async def _set_one(call: interface.Call, param: metrics_debug.MeterStatusParam) -> wire.ErrorResult:
    wanted = status.MeterStatus(param.code, param.info)
    try:
        tag = names.parse_tag(param.tag)
        await call.service.statuses.set_as_juju(interface.user(call), tag, wanted, param.reason)
    except errors.MeterStatusError as error:
        return wire.ErrorResult(interface.wire_error(error))
    return wire.ErrorResult()


async def _get_metrics(call: interface.Call, params: wire.Entities) -> metrics_debug.MetricResults:
    call.service.units.check_may_look(interface.user(call))
    if not params.entities:
        return metrics_debug.MetricResults((metrics_debug.EntityMetrics(),))
    return metrics_debug.MetricResults(
        await slices.each(lambda entity: _metrics_of(call, entity.tag), params.entities)
    )


def _metrics_of(call: interface.Call, text: str) -> metrics_debug.EntityMetrics:
    try:
        tag = names.parse_tag(text)
        if tag.kind not in (names.Kind.UNIT, names.Kind.APPLICATION):
            raise refusals.Refusal(f"invalid tag {tag}")
        call.service.units.check_exists(interface.user(call), tag)
    except errors.NotFoundError as error:
        return metrics_debug.EntityMetrics(error=wire.Error(f"failed to get metrics: {error}", error.code))
    except errors.MeterStatusError as error:
        return metrics_debug.EntityMetrics(error=interface.wire_error(error))
    return metrics_debug.EntityMetrics()


IMPLEMENTATION = interface.Implementation(
    metrics_debug.FACADE,
    interface.is_user,
    interface.Handler(metrics_debug.SET_METER_STATUS, _set_meter_status),
    interface.Handler(metrics_debug.GET_METRICS, _get_metrics),
)
