"""protocol.facades.model_config: the exact spelling of the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import model_config


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            model_config.ModelConfigResults({"name": model_config.ConfigValue("demo", "model")}),
            {"config": {"name": {"value": "demo", "source": "model"}}},
        ),
    ],
)
def test_shapes_are_spelled_exactly(
    value: wire.Wire,
    expected: dict[str, Any],
    check_spelling: Callable[[wire.Wire, dict[str, Any]], None],
) -> None:
    """Each shape is written with the keys of the specification, and read back the same."""
    check_spelling(value, expected)
