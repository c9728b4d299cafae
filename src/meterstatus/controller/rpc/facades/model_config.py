"""ModelConfig: what a client reads of a model's settings; none of them can be changed."""

from meterstatus.controller import settings
from meterstatus.controller.fleet import models
from meterstatus.controller.rpc import interface
from meterstatus.domain.fleet import records
from meterstatus.protocol import wire
from meterstatus.protocol.facades import model_config

_SOURCE = "model"


def _model_get(call: interface.Call, _: wire.Empty) -> model_config.ModelConfigResults:
    interface.user(call).require(records.Access.READ)
    model = interface.model(call).model
    values = {
        "agent-version": settings.SERVER_VERSION,
        "name": model.name,
        "type": models.PROVIDER,
        "uuid": model.uuid,
    }
    return model_config.ModelConfigResults(
        {key: model_config.ConfigValue(value, _SOURCE) for key, value in values.items()}
    )


MODEL_CONFIG = interface.Implementation(
    model_config.MODEL_CONFIG, interface.is_user, {"ModelGet": _model_get}
)
