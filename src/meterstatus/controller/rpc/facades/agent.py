"""Agent and MigrationFlag: what a real Juju unit agent asks first (spec juju-api, 9.1)."""

from meterstatus import errors
from meterstatus.controller.fleet import watchers
from meterstatus.controller.rpc import interface
from meterstatus.protocol import wire
from meterstatus.protocol.facades import agent as agents

_NO_MIGRATION = "NONE"
"""The phase of a model that is not being migrated; models here never are."""


def _get_entities(call: interface.Call, params: wire.Entities) -> agents.AgentEntities:
    return agents.AgentEntities(tuple(_get_one(call, entity.tag) for entity in params.entities))


def _get_one(call: interface.Call, tag: str) -> agents.AgentEntity:
    try:
        call.service.agents.check_is_there(interface.agent(call), interface.tag(tag))
    except errors.MeterStatusError as error:
        return agents.AgentEntity("", None, "", interface.wire_error(error))
    return agents.AgentEntity("alive", None, "")


async def _set_passwords(call: interface.Call, params: agents.EntityPasswords) -> wire.ErrorResults:
    return wire.ErrorResults(tuple([await _set_one(call, change) for change in params.changes]))


async def _set_one(call: interface.Call, change: agents.EntityPassword) -> wire.ErrorResult:
    agent = interface.agent(call)
    try:
        await call.service.agents.set_password(agent, interface.tag(change.tag), change.password)
    except errors.MeterStatusError as error:
        return wire.ErrorResult(interface.wire_error(error))
    return wire.ErrorResult()


def _phase(call: interface.Call, params: wire.Entities) -> agents.PhaseResults:
    return agents.PhaseResults(tuple(_phase_of(call, entity.tag) for entity in params.entities))


def _phase_of(call: interface.Call, tag: str) -> agents.PhaseResult:
    try:
        call.service.models.check_is_workload(interface.tag(tag))
    except errors.MeterStatusError as error:
        return agents.PhaseResult("", interface.wire_error(error))
    return agents.PhaseResult(_NO_MIGRATION)


def _watch(call: interface.Call, params: wire.Entities) -> wire.NotifyWatchResults:
    return wire.NotifyWatchResults(tuple(_watch_one(call, entity.tag) for entity in params.entities))


def _watch_one(call: interface.Call, tag: str) -> wire.NotifyWatchResult:
    try:
        call.service.models.check_is_workload(interface.tag(tag))
        watcher_id = call.watchers.add(watchers.Watcher)
    except errors.MeterStatusError as error:
        return wire.NotifyWatchResult("", interface.wire_error(error))
    return wire.NotifyWatchResult(watcher_id)


AGENT = interface.Implementation(
    agents.AGENT,
    interface.is_agent,
    interface.Handler(agents.GET_ENTITIES, _get_entities),
    interface.Handler(agents.SET_PASSWORDS, _set_passwords),
    max_elements=interface.MAX_OWN_ELEMENTS,
)
MIGRATION_FLAG = interface.Implementation(
    agents.MIGRATION_FLAG,
    interface.is_agent,
    interface.Handler(agents.PHASE, _phase),
    interface.Handler(agents.WATCH_PHASE, _watch),
    max_elements=interface.MAX_OWN_ELEMENTS,
)
