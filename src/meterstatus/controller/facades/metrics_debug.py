"""MetricsDebug: a user sets statuses as in Juju (spec juju-api, 6).

Every unit here counts as one of a local charm: the reference refuses others because their vendor sets the
status, and no such vendor service exists any more. No metrics are collected.
"""

import asyncio

from meterstatus import errors
from meterstatus.controller import refusals
from meterstatus.controller.facades import interface
from meterstatus.domain import fleet, names, status
from meterstatus.protocol import facades


async def _set_meter_status(call: interface.Call, params: facades.MeterStatusParams) -> facades.ErrorResults:
    # Together, so that they share commits; they still happen in their order.
    results = await asyncio.gather(*(_set_one(call, param) for param in params.statues))
    return facades.ErrorResults(tuple(results))


async def _set_one(call: interface.Call, param: facades.MeterStatusParam) -> facades.ErrorResult:
    wanted = status.MeterStatus(param.code, param.info)
    try:
        await call.service.set_status(interface.user(call), param.tag, wanted, param.reason)
    except errors.MeterStatusError as error:
        return facades.ErrorResult(interface.wire_error(error))
    return facades.ErrorResult()


def _get_metrics(call: interface.Call, params: facades.Entities) -> facades.MetricResults:
    interface.user(call).require(fleet.Access.READ)
    if not params.entities:
        return facades.MetricResults((facades.EntityMetrics(),))
    return facades.MetricResults(tuple(_metrics_of(call, entity.tag) for entity in params.entities))


def _metrics_of(call: interface.Call, text: str) -> facades.EntityMetrics:
    try:
        tag = names.parse_tag(text)
        if tag.kind not in (names.Kind.UNIT, names.Kind.APPLICATION):
            raise refusals.Refusal(f"invalid tag {tag}")
        call.service.check_exists(tag)
    except errors.NotFoundError as error:
        return facades.EntityMetrics(error=facades.Error(f"failed to get metrics: {error}", error.code))
    except errors.MeterStatusError as error:
        return facades.EntityMetrics(error=interface.wire_error(error))
    return facades.EntityMetrics()


METRICS_DEBUG = interface.Implementation(
    facades.METRICS_DEBUG,
    interface.is_user,
    {"SetMeterStatus": _set_meter_status, "GetMetrics": _get_metrics},
)
