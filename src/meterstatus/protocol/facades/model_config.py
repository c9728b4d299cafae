"""ModelConfig: a model's settings, which nobody can change here (spec juju-api, 8.4). Shapes only."""

from typing import Any

from meterstatus.protocol import wire


class ConfigValue(wire.Wire, frozen=True):
    """One setting."""

    value: Any
    source: str
    """Who set it: ``model`` here, always."""


class ModelConfigResults(wire.Wire, frozen=True):
    """ModelConfig.ModelGet's result."""

    config: dict[str, ConfigValue]


MODEL_CONFIG = wire.Facade(
    "ModelConfig", 3, {"ModelGet": wire.Method(result=ModelConfigResults)}, earlier=(2,)
)
