"""protocol.facades.agent: the exact spelling of the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import agent

ERROR = wire.Error("no", "")
ERROR_JSON = {"message": "no", "code": ""}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            agent.AgentEntities(
                (agent.AgentEntity("alive", None, ""), agent.AgentEntity("", None, "", ERROR))
            ),
            {
                "entities": [
                    {"life": "alive", "jobs": None, "container-type": ""},
                    {"life": "", "jobs": None, "container-type": "", "error": ERROR_JSON},
                ]
            },
        ),
        (
            agent.EntityPasswords((agent.EntityPassword("unit-a-0", "pw"),)),
            {"changes": [{"tag": "unit-a-0", "password": "pw"}]},
        ),
        (agent.PhaseResults((agent.PhaseResult("NONE"),)), {"results": [{"phase": "NONE"}]}),
    ],
)
def test_shapes_are_spelled_exactly(
    value: wire.Wire,
    expected: dict[str, Any],
    check_spelling: Callable[[wire.Wire, dict[str, Any]], None],
) -> None:
    """Each shape is written with the keys of the specification, and read back the same."""
    check_spelling(value, expected)
