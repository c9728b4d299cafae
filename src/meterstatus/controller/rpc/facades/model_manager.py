"""ModelManager and ModelConfig: each user is told of the models that he may see (spec juju-api, 8)."""

from meterstatus import errors
from meterstatus.controller import refusals, settings
from meterstatus.controller.fleet import model_view, models
from meterstatus.controller.rpc import interface
from meterstatus.controller.service import model_listing
from meterstatus.domain import names
from meterstatus.domain.fleet import records
from meterstatus.protocol import wire
from meterstatus.protocol.facades import model_manager

_SOURCE = "model"
"""Who set a setting: nobody can change any."""


def _subject(call: interface.Call, text: str) -> records.User | None:
    """Return the user whose models are asked for; None for one who does not exist.

    Raises:
        TagError, Refusal: the text is no tag of a user.
        UnauthorizedError: it is another user, and the caller is no admin.
    """
    caller = interface.user(call)
    tag = names.parse_tag(text)
    if tag.kind is not names.Kind.USER:
        raise refusals.Refusal(f"expected user tag, got {tag.kind.value} tag {tag}")
    if tag.name != caller.name:
        caller.require(records.Access.ADMIN)
    return call.service.users.get(tag.name)


def _list_models(call: interface.Call, params: wire.Entity) -> model_manager.UserModelList:
    user = _subject(call, params.tag)
    found = [] if user is None else models.visible(call.service.identity, user)
    return model_listing.listed(found, interface.workload_model(call.service).owner)


def _list_summaries(
    call: interface.Call, params: model_manager.SummariesRequest
) -> model_manager.ModelSummaryResults:
    user = _subject(call, params.user_tag)
    if params.all:
        interface.user(call).require(records.Access.ADMIN)
        user = interface.user(call)
    found = [] if user is None else models.visible(call.service.identity, user)
    return model_manager.ModelSummaryResults(
        tuple(
            model_manager.ModelSummaryResult(model_listing.summary(_view(call, model), user))
            for model in found
            if user is not None
        )
    )


def _view(call: interface.Call, model: models.Model) -> model_view.ModelView:
    make = interface.own_model if model.is_controller else interface.workload_model
    return make(call.service)


def _find(call: interface.Call, text: str) -> model_view.ModelView:
    """Return a model by its tag.

    Raises:
        TagError: the text is none.
        UnauthorizedError: there is no such model, or the caller may not see it; he is not told which.
    """
    tag = names.parse_tag(text)
    for model in (models.workload(call.service.identity), models.own(call.service.identity)):
        if str(tag) == model.tag and (not model.is_controller or models.may_see_own(interface.user(call))):
            return _view(call, model)
    raise errors.UnauthorizedError


def _model_info(call: interface.Call, params: wire.Entities) -> model_manager.ModelInfoResults:
    return model_manager.ModelInfoResults(tuple(_info_of(call, entity.tag) for entity in params.entities))


def _info_of(call: interface.Call, tag: str) -> model_manager.ModelInfoResult:
    caller = interface.user(call)
    try:
        view = _find(call, tag)
    except errors.MeterStatusError as error:
        return model_manager.ModelInfoResult(error=interface.wire_error(error))
    known = call.service.users.values() if caller.access.includes(records.Access.ADMIN) else (caller,)
    users = [
        user for user in known if user.enabled and (not view.model.is_controller or models.may_see_own(user))
    ]
    return model_manager.ModelInfoResult(model_listing.info(view, users))


def model_status(call: interface.Call, params: wire.Entities) -> model_manager.ModelStatusResults:
    """Count what is in models; Controller has this method too."""
    return model_manager.ModelStatusResults(tuple(_status_of(call, entity.tag) for entity in params.entities))


def _status_of(call: interface.Call, tag: str) -> model_manager.ModelStatus:
    try:
        return model_listing.status(_find(call, tag))
    except errors.MeterStatusError as error:
        return model_manager.ModelStatus("", "", "", 0, 0, 0, "", interface.wire_error(error))


def _model_get(call: interface.Call, _: wire.Empty) -> model_manager.ModelConfigResults:
    interface.user(call).require(records.Access.READ)
    model = interface.model(call).model
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
