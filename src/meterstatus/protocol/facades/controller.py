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


CONTROLLER = wire.Facade(
    "Controller",
    11,
    {
        "AllModels": wire.Method(result=model_manager.UserModelList),
        "ControllerAPIInfoForModels": wire.Method(wire.Entities, APIInfoResults),
        "ControllerConfig": wire.Method(result=ConfigResult),
        "ControllerVersion": wire.Method(result=VersionResult),
        "GetControllerAccess": wire.Method(wire.Entities, UserAccessResults),
        "ModelStatus": wire.Method(wire.Entities, model_manager.ModelStatusResults),
    },
)
