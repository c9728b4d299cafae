"""Agent and MigrationFlag: what a real Juju unit agent asks first (spec juju-api, 9.1)."""

from meterstatus import errors
from meterstatus.controller import watchers
from meterstatus.controller.facades import interface
from meterstatus.domain import fleet, names
from meterstatus.protocol import facades

_NO_MIGRATION = "NONE"
"""The phase of a model that is not being migrated; models here never are."""


def _check_own(agent: fleet.Agent, tag: str) -> None:
    try:
        own = str(names.parse_tag(tag)) == agent.tag
    except names.TagError:
        own = False
    if not own:
        raise errors.UnauthorizedError


def _get_entities(call: interface.Call, params: facades.Entities) -> facades.AgentEntities:
    return facades.AgentEntities(tuple(_get_one(call, entity.tag) for entity in params.entities))


def _get_one(call: interface.Call, tag: str) -> facades.AgentEntity:
    agent = interface.agent(call)
    try:
        _check_own(agent, tag)
        call.service.unit_of(agent)
    except errors.MeterStatusError as error:
        return facades.AgentEntity("", None, "", interface.wire_error(error))
    return facades.AgentEntity("alive", None, "")


async def _set_passwords(call: interface.Call, params: facades.EntityPasswords) -> facades.ErrorResults:
    return facades.ErrorResults(tuple([await _set_one(call, change) for change in params.changes]))


async def _set_one(call: interface.Call, change: facades.EntityPassword) -> facades.ErrorResult:
    agent = interface.agent(call)
    try:
        _check_own(agent, change.tag)
        await call.service.set_password(agent, change.password)
    except errors.MeterStatusError as error:
        return facades.ErrorResult(interface.wire_error(error))
    return facades.ErrorResult()


def _check_model(call: interface.Call, tag: str) -> None:
    if tag != str(names.Tag(names.Kind.MODEL, call.service.identity.model_uuid)):
        raise errors.UnauthorizedError


def _phase(call: interface.Call, params: facades.Entities) -> facades.PhaseResults:
    return facades.PhaseResults(tuple(_phase_of(call, entity.tag) for entity in params.entities))


def _phase_of(call: interface.Call, tag: str) -> facades.PhaseResult:
    try:
        _check_model(call, tag)
    except errors.MeterStatusError as error:
        return facades.PhaseResult("", interface.wire_error(error))
    return facades.PhaseResult(_NO_MIGRATION)


def _watch(call: interface.Call, params: facades.Entities) -> facades.NotifyWatchResults:
    return facades.NotifyWatchResults(tuple(_watch_one(call, entity.tag) for entity in params.entities))


def _watch_one(call: interface.Call, tag: str) -> facades.NotifyWatchResult:
    try:
        _check_model(call, tag)
        watcher_id = call.watchers.add(watchers.Watcher)
    except errors.MeterStatusError as error:
        return facades.NotifyWatchResult("", interface.wire_error(error))
    return facades.NotifyWatchResult(watcher_id)


AGENT = interface.Implementation(
    facades.AGENT, interface.is_agent, {"GetEntities": _get_entities, "SetPasswords": _set_passwords}
)
MIGRATION_FLAG = interface.Implementation(
    facades.MIGRATION_FLAG, interface.is_agent, {"Phase": _phase, "Watch": _watch}
)
