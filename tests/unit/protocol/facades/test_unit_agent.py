"""protocol.facades.unit_agent: the exact spelling of the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import unit_agent

ERROR = wire.Error("no", "")
ERROR_JSON = {"message": "no", "code": ""}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (unit_agent.ApplicationTag("application-shop"), {"Name": "application-shop"}),
        (
            unit_agent.LeadershipClaims(
                (unit_agent.LeadershipClaim("application-shop", "unit-shop-0", 60.0),)
            ),
            {
                "params": [
                    {"application-tag": "application-shop", "unit-tag": "unit-shop-0", "duration": 60.0}
                ]
            },
        ),
        (
            unit_agent.StringResults((unit_agent.StringResult("<root>=INFO"),)),
            {"results": [{"result": "<root>=INFO"}]},
        ),
        (
            unit_agent.MetricBatches((unit_agent.MetricBatch("unit-shop-0", {"uuid": "u"}),)),
            {"batches": [{"tag": "unit-shop-0", "batch": {"uuid": "u"}}]},
        ),
        (
            unit_agent.RetryStrategyResults(
                (
                    unit_agent.RetryStrategyResult(unit_agent.RetryStrategy(True, 1, 2, False, 3)),
                    unit_agent.RetryStrategyResult(None, ERROR),
                )
            ),
            {
                "results": [
                    {
                        "result": {
                            "should-retry": True,
                            "min-retry-time": 1,
                            "max-retry-time": 2,
                            "jitter-retry-time": False,
                            "retry-time-factor": 3,
                        }
                    },
                    {"result": None, "error": ERROR_JSON},
                ]
            },
        ),
        (
            unit_agent.AgentsTools(
                (unit_agent.AgentTools("unit-shop-0", unit_agent.AgentVersion("2.9.31-ubuntu-amd64")),)
            ),
            {"agent-tools": [{"tag": "unit-shop-0", "tools": {"version": "2.9.31-ubuntu-amd64"}}]},
        ),
        (
            unit_agent.VersionResults(
                (unit_agent.VersionResult("2.9.31"), unit_agent.VersionResult(error=ERROR))
            ),
            {"results": [{"version": "2.9.31"}, {"error": ERROR_JSON}]},
        ),
        (unit_agent.ToolsResults((wire.ErrorResult(ERROR),)), {"results": [{"error": ERROR_JSON}]}),
    ],
)
def test_shapes_are_spelled_exactly(
    value: wire.Wire,
    expected: dict[str, Any],
    check_spelling: Callable[[wire.Wire, dict[str, Any]], None],
) -> None:
    """Each shape is written with the keys of python-libjuju's definitions, and read back the same."""
    check_spelling(value, expected)
