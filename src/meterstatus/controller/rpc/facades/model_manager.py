"""ModelManager and ModelConfig: each user is told of the models that he may see (spec juju-api, 8)."""

from meterstatus import errors
from meterstatus.controller import settings
from meterstatus.controller.fleet import models
from meterstatus.controller.rpc import interface
from meterstatus.controller.rpc.facades import model_listing
from meterstatus.domain import names
from meterstatus.protocol import wire
from meterstatus.protocol.facades import model_manager

_SOURCE = "model"
"""Who set a setting: nobody can change any."""


def _list_models(call: interface.Call, params: wire.Entity) -> model_manager.UserModelList:
    _, found = call.service.models.visible(interface.user(call), names.parse_tag(params.tag))
    return model_listing.listed(found)


def _list_summaries(
    call: interface.Call, params: model_manager.SummariesRequest
) -> model_manager.ModelSummaryResults:
    caller = interface.user(call)
    user, found = call.service.models.visible(caller, names.parse_tag(params.user_tag))
    if params.all:
        user, found = caller, call.service.models.everything(caller)
    return model_manager.ModelSummaryResults(
        tuple(model_manager.ModelSummaryResult(model_listing.summary(view, user)) for view in found)
    )


def _model_info(call: interface.Call, params: wire.Entities) -> model_manager.ModelInfoResults:
    return model_manager.ModelInfoResults(tuple(_info_of(call, entity.tag) for entity in params.entities))


def _info_of(call: interface.Call, tag: str) -> model_manager.ModelInfoResult:
    caller = interface.user(call)
    try:
        view = call.service.models.find(caller, names.parse_tag(tag))
    except errors.MeterStatusError as error:
        return model_manager.ModelInfoResult(error=interface.wire_error(error))
    return model_manager.ModelInfoResult(model_listing.info(view, call.service.models.users(caller, view)))


def model_status(call: interface.Call, params: wire.Entities) -> model_manager.ModelStatusResults:
    """Count what is in models; Controller has this method too."""
    return model_manager.ModelStatusResults(tuple(_status_of(call, entity.tag) for entity in params.entities))


def _status_of(call: interface.Call, tag: str) -> model_manager.ModelStatus:
    try:
        return model_listing.status(call.service.models.find(interface.user(call), names.parse_tag(tag)))
    except errors.MeterStatusError as error:
        return model_manager.ModelStatus("", "", "", 0, 0, 0, "", interface.wire_error(error))


def _model_get(call: interface.Call, _: wire.Empty) -> model_manager.ModelConfigResults:
    model = call.service.models.look(interface.user(call), interface.model(call)).model
    values = {
        "agent-version": settings.SERVER_VERSION,
        "name": model.name,
        "type": models.PROVIDER,
        "uuid": model.uuid,
    }
    return model_manager.ModelConfigResults(
        {key: model_manager.ConfigValue(value, _SOURCE) for key, value in values.items()}
    )


MODEL_MANAGER = interface.Implementation(
    model_manager.MODEL_MANAGER,
    interface.is_user,
    interface.Handler(model_manager.LIST_MODELS, _list_models),
    interface.Handler(model_manager.LIST_MODEL_SUMMARIES, _list_summaries),
    interface.Handler(model_manager.MODEL_INFO, _model_info),
    interface.Handler(model_manager.MODEL_STATUS, model_status),
    max_elements=interface.MAX_LISTED_ELEMENTS,
)
MODEL_CONFIG = interface.Implementation(
    model_manager.MODEL_CONFIG, interface.is_user, interface.Handler(model_manager.MODEL_GET, _model_get)
)
