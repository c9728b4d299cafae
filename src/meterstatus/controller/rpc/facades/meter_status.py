"""MeterStatus: an agent and its own unit's status and state (spec juju-api, 4).

One bad entity never fails the others of its call.
"""

import msgspec

from meterstatus import errors
from meterstatus.controller.fleet import watchers
from meterstatus.controller.rpc import interface
from meterstatus.controller.rpc.facades import meter_status_policy
from meterstatus.domain import names, status
from meterstatus.domain.fleet import records, unit_state
from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status


def _parse_unit(text: str) -> names.Tag:
    """Read a tag for state calls, which answer what is no unit tag with a sentence about it."""
    tag = names.parse_tag(text)
    if tag.kind is not names.Kind.UNIT:
        raise names.TagError(text, names.Kind.UNIT.value)
    return tag


def _get_meter_status(call: interface.Call, params: wire.Entities) -> meter_status.MeterStatusResults:
    return meter_status.MeterStatusResults(tuple(_get_one(call, entity.tag) for entity in params.entities))


def _get_one(call: interface.Call, tag: str) -> meter_status.MeterStatusResult:
    agent = interface.agent(call)
    try:
        told = call.service.agents.word(agent, interface.tag(tag)).status
    except errors.NotFoundError as error:
        unavailable = status.StatusCode.NOT_AVAILABLE.value
        return meter_status.MeterStatusResult(unavailable, "", interface.wire_error(error))
    except errors.MeterStatusError as error:
        return meter_status.MeterStatusResult("", "", interface.wire_error(error))
    return meter_status.MeterStatusResult(told.code, told.info)


def _watch_meter_status(call: interface.Call, params: wire.Entities) -> wire.NotifyWatchResults:
    return wire.NotifyWatchResults(tuple(_watch_one(call, entity.tag) for entity in params.entities))


def _watch_one(call: interface.Call, tag: str) -> wire.NotifyWatchResult:
    agent = interface.agent(call)
    try:
        call.service.agents.check_is_there(agent, interface.tag(tag))
        watcher_id = call.watchers.add(lambda: _watch(call, agent))
    except errors.MeterStatusError as error:
        return wire.NotifyWatchResult("", interface.wire_error(error))
    return wire.NotifyWatchResult(watcher_id)


def _watch(call: interface.Call, agent: records.Agent) -> watchers.Watcher:
    watcher = call.service.agents.watch(agent, lambda: _event(call, agent))
    if call.has_moved:
        watcher.notify()  # since the login, when there was no watcher to tell
    return watcher


def _event(call: interface.Call, agent: records.Agent) -> watchers.Event:
    try:
        told = call.service.agents.own_word(agent)
    except errors.NotFoundError:
        return watchers.Event()  # the agent asks, and hears it in the words of the call
    servers = tuple(tuple(machine) for machine in call.new_servers() if machine)
    policy = meter_status_policy.word(told)
    return watchers.Event(told.status.code, told.status.info, policy, servers)


async def _state(call: interface.Call, params: wire.Entities) -> meter_status.UnitStateResults:
    return meter_status.UnitStateResults(
        tuple([await _read_one(call, entity.tag) for entity in params.entities])
    )


async def _read_one(call: interface.Call, tag: str) -> meter_status.UnitStateResult:
    agent = interface.agent(call)
    try:
        stored = await call.service.agents.state(agent, _parse_unit(tag))
    except errors.MeterStatusError as error:
        return meter_status.UnitStateResult(error=interface.wire_error(error))
    return msgspec.convert(
        {field: _decoded(field, text) for field, text in stored.items()}, meter_status.UnitStateResult
    )


async def _set_state(call: interface.Call, params: meter_status.SetUnitStateArgs) -> wire.ErrorResults:
    return wire.ErrorResults(tuple([await _write_one(call, arg) for arg in params.args]))


async def _write_one(call: interface.Call, arg: meter_status.SetUnitStateArg) -> wire.ErrorResult:
    agent = interface.agent(call)
    try:
        tag = _parse_unit(arg.tag)
        given = {field: getattr(arg, field.replace("-", "_")) for field in unit_state.FIELDS}
        changes = {field: _encoded(value) for field, value in given.items() if value is not None}
        await call.service.agents.change_state(agent, tag, changes)
    except errors.MeterStatusError as error:
        return wire.ErrorResult(interface.wire_error(error))
    return wire.ErrorResult()


def _encoded(value: str | dict[str, str]) -> str:
    """Return the text of a part of the state; an empty map is empty text, so that it goes away."""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode() if value else ""


def _decoded(field: str, text: str) -> str | dict[str, str]:
    if field in unit_state.MAPS:
        return msgspec.json.decode(text, type=dict[str, str])
    return text


IMPLEMENTATION = interface.Implementation(
    meter_status.FACADE,
    interface.is_agent,
    interface.Handler(meter_status.GET_METER_STATUS, _get_meter_status),
    interface.Handler(meter_status.WATCH_METER_STATUS, _watch_meter_status),
    interface.Handler(meter_status.STATE, _state),
    interface.Handler(meter_status.SET_STATE, _set_state),
    max_elements=interface.MAX_OWN_ELEMENTS,
)
