"""What a whole Juju unit agent asks for beside meter statuses, answered so that it need not complain.

Nothing that matters here comes of it: nobody leads an application, metrics are dropped, an agent keeps the
version that it has. Unanswered, each is asked again for ever, with an ERROR in the agent's log.
"""

import asyncio
import re

from meterstatus import errors
from meterstatus.controller.fleet import watchers
from meterstatus.controller.rpc import interface
from meterstatus.protocol import wire
from meterstatus.protocol.facades import unit_agent

_LOGGING = "<root>=INFO"
"""Juju's default for agents."""

_SECOND_NS = 10**9
_RETRY = unit_agent.RetryStrategy(
    should_retry=True,
    min_retry_time=30 * _SECOND_NS,
    max_retry_time=300 * _SECOND_NS,
    jitter_retry_time=True,
    retry_time_factor=2,
)
"""Juju's default; it is of hooks that only Juju's own controller tells an agent to run."""

_VERSION = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}(\.|-[a-z]{1,9})[0-9]{1,9}(\.[0-9]{1,9})?")
_DENIED = "leadership claim denied"


def _refused(call: interface.Call, tag: str) -> wire.Error | None:
    """Return why an agent is answered nothing about a tag; None where it is its own."""
    try:
        call.service.agents.check_own(interface.agent(call), interface.tag(tag))
    except errors.MeterStatusError as error:
        return interface.wire_error(error)
    return None


def _watch(call: interface.Call, params: wire.Entities) -> wire.NotifyWatchResults:
    return wire.NotifyWatchResults(tuple(_watch_one(call, entity.tag) for entity in params.entities))


def _watch_one(call: interface.Call, tag: str) -> wire.NotifyWatchResult:
    """Watch what never changes."""
    try:
        call.service.agents.check_own(interface.agent(call), interface.tag(tag))
        return wire.NotifyWatchResult(call.watchers.add(watchers.Watcher))
    except errors.MeterStatusError as error:
        return wire.NotifyWatchResult("", interface.wire_error(error))


def _logging_config(call: interface.Call, params: wire.Entities) -> unit_agent.StringResults:
    def one(tag: str) -> unit_agent.StringResult:
        error = _refused(call, tag)
        return unit_agent.StringResult("" if error else _LOGGING, error)

    return unit_agent.StringResults(tuple(one(entity.tag) for entity in params.entities))


def _retry_strategy(call: interface.Call, params: wire.Entities) -> unit_agent.RetryStrategyResults:
    def one(tag: str) -> unit_agent.RetryStrategyResult:
        error = _refused(call, tag)
        return unit_agent.RetryStrategyResult(None if error else _RETRY, error)

    return unit_agent.RetryStrategyResults(tuple(one(entity.tag) for entity in params.entities))


def _claim_leadership(_: interface.Call, params: unit_agent.LeadershipClaims) -> wire.ErrorResults:
    denied = wire.ErrorResult(wire.Error(_DENIED, _DENIED))
    return wire.ErrorResults(tuple(denied for _ in params.params))


async def _block_until_released(call: interface.Call, _: unit_agent.ApplicationTag) -> wire.ErrorResult:
    """Wait for as long as the connection is there: nobody leads, so nobody gives it up.

    Raises:
        Refusal: the connection ends, or has as many watchers as it may.
    """
    never = watchers.Watcher()
    call.watchers.add(lambda: never)
    event = never.next()
    assert isinstance(event, asyncio.Future)
    await event
    return wire.ErrorResult()


def _add_metric_batches(call: interface.Call, params: unit_agent.MetricBatches) -> wire.ErrorResults:
    """Take metrics and drop them, as Juju's controllers do since the service that they went to is gone.

    Refused, they would stay on the unit's disk and be sent again for ever.
    """
    return wire.ErrorResults(tuple(wire.ErrorResult(_refused(call, each.tag)) for each in params.batches))


def _desired_version(call: interface.Call, params: wire.Entities) -> unit_agent.VersionResults:
    """Answer with the version that the agent has, so that it stays what it is."""

    def one(tag: str) -> unit_agent.VersionResult:
        error = _refused(call, tag)
        if error is None and not _VERSION.fullmatch(call.client_version):
            error = interface.wire_error(errors.NotFoundError("agent version"))
        return unit_agent.VersionResult("" if error else call.client_version, error)

    return unit_agent.VersionResults(tuple(one(entity.tag) for entity in params.entities))


def _set_tools(call: interface.Call, params: unit_agent.AgentsTools) -> wire.ErrorResults:
    return wire.ErrorResults(tuple(wire.ErrorResult(_refused(call, each.tag)) for each in params.agent_tools))


def _tools(call: interface.Call, params: wire.Entities) -> unit_agent.ToolsResults:
    none = interface.wire_error(errors.NotFoundError("agent binaries"))
    return unit_agent.ToolsResults(
        tuple(wire.ErrorResult(_refused(call, entity.tag) or none) for entity in params.entities)
    )


LEADERSHIP_SERVICE = interface.Implementation(
    unit_agent.LEADERSHIP_SERVICE,
    interface.is_agent,
    interface.Handler(unit_agent.BLOCK_UNTIL_LEADERSHIP_RELEASED, _block_until_released),
    interface.Handler(unit_agent.CLAIM_LEADERSHIP, _claim_leadership),
    max_elements=interface.MAX_OWN_ELEMENTS,
)
LOGGER = interface.Implementation(
    unit_agent.LOGGER,
    interface.is_agent,
    interface.Handler(unit_agent.LOGGING_CONFIG, _logging_config),
    interface.Handler(unit_agent.WATCH_LOGGING_CONFIG, _watch),
    max_elements=interface.MAX_OWN_ELEMENTS,
)
METRICS_ADDER = interface.Implementation(
    unit_agent.METRICS_ADDER,
    interface.is_agent,
    interface.Handler(unit_agent.ADD_METRIC_BATCHES, _add_metric_batches),
    max_elements=interface.MAX_OWN_ELEMENTS,
)
RETRY_STRATEGY = interface.Implementation(
    unit_agent.RETRY_STRATEGY,
    interface.is_agent,
    interface.Handler(unit_agent.GET_RETRY_STRATEGY, _retry_strategy),
    interface.Handler(unit_agent.WATCH_RETRY_STRATEGY, _watch),
    max_elements=interface.MAX_OWN_ELEMENTS,
)
UPGRADER = interface.Implementation(
    unit_agent.UPGRADER,
    interface.is_agent,
    interface.Handler(unit_agent.DESIRED_VERSION, _desired_version),
    interface.Handler(unit_agent.SET_TOOLS, _set_tools),
    interface.Handler(unit_agent.TOOLS, _tools),
    interface.Handler(unit_agent.WATCH_API_VERSION, _watch),
    max_elements=interface.MAX_OWN_ELEMENTS,
)
