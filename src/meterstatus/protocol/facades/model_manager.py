"""ModelManager and ModelConfig: the models there are, what they are, and their settings. Shapes only.

Nobody can change them here. Version 10 of ModelManager has what 9 has (spec juju-api, 8.1 and 8.4).
"""

from typing import Any

from meterstatus.protocol import wire
from meterstatus.protocol.facades import all_watcher


class Model(wire.Wire, frozen=True):
    """A model, by what it is called and known by."""

    name: str
    uuid: str
    type: str
    owner_tag: str


class UserModel(wire.Wire, frozen=True):
    """A model that a user can see."""

    model: Model
    last_connection: None
    """When the user last connected to it, which is not kept."""


class UserModelList(wire.Wire, frozen=True):
    """ModelManager.ListModels's and Controller.AllModels's result."""

    user_models: tuple[UserModel, ...]


class SummariesRequest(wire.Wire, frozen=True):
    """ModelManager.ListModelSummaries's params."""

    user_tag: str
    all: bool = False
    """Every model, whatever the user may see; for an admin."""


class EntityStatus(wire.Wire, frozen=True):
    """How a model is."""

    status: str
    info: str
    since: wire.Instant


class EntityCount(wire.Wire, frozen=True):
    """How many of something a model has."""

    entity: str
    count: int


class ModelSummary(wire.Wire, frozen=True):
    """A model in a line of ``juju models``."""

    name: str
    uuid: str
    type: str
    controller_uuid: str
    is_controller: bool
    provider_type: str
    default_series: str
    cloud_tag: str
    owner_tag: str
    life: str
    status: EntityStatus
    user_access: str
    """``read``, ``write`` or ``admin``."""

    last_connection: None
    counts: tuple[EntityCount, ...]
    agent_version: str
    sla: all_watcher.SLA


class ModelSummaryResult(wire.Wire, frozen=True):
    """One model of a list."""

    result: ModelSummary


class ModelSummaryResults(wire.Wire, frozen=True):
    """ModelManager.ListModelSummaries's result."""

    results: tuple[ModelSummaryResult, ...]


class ModelUser(wire.Wire, frozen=True):
    """A user of a model."""

    model_tag: str
    user: str
    """The name."""

    display_name: str
    last_connection: None
    access: str


class ModelInfo(wire.Wire, frozen=True):
    """All about a model."""

    name: str
    type: str
    uuid: str
    controller_uuid: str
    is_controller: bool
    provider_type: str
    default_series: str
    default_base: str
    cloud_tag: str
    owner_tag: str
    life: str
    status: EntityStatus
    users: tuple[ModelUser, ...]
    """Those that the caller may know of."""

    machines: tuple[Any, ...]
    secret_backends: tuple[Any, ...]
    sla: all_watcher.SLA
    agent_version: str


class ModelInfoResult(wire.Wire, frozen=True):
    """One model asked for."""

    result: ModelInfo | None = None
    error: wire.Error | None = None


class ModelInfoResults(wire.Wire, frozen=True):
    """ModelManager.ModelInfo's result."""

    results: tuple[ModelInfoResult, ...]


class ModelStatus(wire.Wire, frozen=True):
    """How much is in a model; with an error, only that."""

    model_tag: str
    life: str
    type: str
    hosted_machine_count: int
    application_count: int
    unit_count: int
    owner_tag: str
    error: wire.Error | None = None


class ModelStatusResults(wire.Wire, frozen=True):
    """ModelManager.ModelStatus's and Controller.ModelStatus's result; the key is the reference's."""

    models: tuple[ModelStatus, ...]


class ConfigValue(wire.Wire, frozen=True):
    """One setting."""

    value: Any
    source: str
    """Who set it: ``model`` here, always."""


class ModelConfigResults(wire.Wire, frozen=True):
    """ModelConfig.ModelGet's result."""

    config: dict[str, ConfigValue]


MODEL_MANAGER = wire.Facade("ModelManager", 10, earlier=(9,))
LIST_MODELS = wire.Method(MODEL_MANAGER, "ListModels", wire.Entity, UserModelList)
LIST_MODEL_SUMMARIES = wire.Method(MODEL_MANAGER, "ListModelSummaries", SummariesRequest, ModelSummaryResults)
MODEL_INFO = wire.Method(MODEL_MANAGER, "ModelInfo", wire.Entities, ModelInfoResults)
MODEL_STATUS = wire.Method(MODEL_MANAGER, "ModelStatus", wire.Entities, ModelStatusResults)

MODEL_CONFIG = wire.Facade("ModelConfig", 3, earlier=(2,))
MODEL_GET = wire.Method(MODEL_CONFIG, "ModelGet", wire.Empty, ModelConfigResults)
