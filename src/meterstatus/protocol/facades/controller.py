"""Controller: the controller itself, its address and its settings (spec juju-api, 8.4). Shapes only."""

from typing import Any

from meterstatus.protocol import wire
from meterstatus.protocol.facades import model_manager


class APIInfo(wire.Wire, frozen=True):
    """Where the controller of a model is reached; with an error, only that."""

    addresses: tuple[str, ...]
    """``host:port`` each."""

    cacert: str
    """The authority, PEM."""

    error: wire.Error | None = None


class APIInfoResults(wire.Wire, frozen=True):
    """Controller.ControllerAPIInfoForModels's result."""

    results: tuple[APIInfo, ...]


class ConfigResult(wire.Wire, frozen=True):
    """Controller.ControllerConfig's result."""

    config: dict[str, Any]


class VersionResult(wire.Wire, frozen=True):
    """Controller.ControllerVersion's result."""

    version: str
    git_commit: str


class UserAccess(wire.Wire, frozen=True):
    """What a user may do on the controller."""

    user_tag: str
    access: str
    """``login`` or ``superuser``."""


class UserAccessResult(wire.Wire, frozen=True):
    """One user asked for."""

    result: UserAccess | None = None
    error: wire.Error | None = None


class UserAccessResults(wire.Wire, frozen=True):
    """Controller.GetControllerAccess's result."""

    results: tuple[UserAccessResult, ...]


FACADE = wire.Facade("Controller", 11)
ALL_MODELS = wire.Method(FACADE, "AllModels", wire.Empty, model_manager.UserModelList)
CONTROLLER_API_INFO_FOR_MODELS = wire.Method(
    FACADE, "ControllerAPIInfoForModels", wire.Entities, APIInfoResults
)
CONTROLLER_CONFIG = wire.Method(FACADE, "ControllerConfig", wire.Empty, ConfigResult)
CONTROLLER_VERSION = wire.Method(FACADE, "ControllerVersion", wire.Empty, VersionResult)
GET_CONTROLLER_ACCESS = wire.Method(FACADE, "GetControllerAccess", wire.Entities, UserAccessResults)
MODEL_STATUS = wire.Method(FACADE, "ModelStatus", wire.Entities, model_manager.ModelStatusResults)
