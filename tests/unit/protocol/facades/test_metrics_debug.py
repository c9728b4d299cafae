"""protocol.facades.metrics_debug: the exact spelling of the wire."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import metrics_debug

NOW = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            metrics_debug.MeterStatusParams(
                (
                    metrics_debug.MeterStatusParam("t", "RED", "over", "why"),
                    metrics_debug.MeterStatusParam("t", "GREEN"),
                )
            ),
            {
                "statues": [
                    {"tag": "t", "code": "RED", "info": "over", "reason": "why"},
                    {"tag": "t", "code": "GREEN"},
                ]
            },
        ),
        (
            metrics_debug.MetricResults(
                (
                    metrics_debug.EntityMetrics(),
                    metrics_debug.EntityMetrics((metrics_debug.Metric(NOW, "k", "1", "a/0", None),)),
                )
            ),
            {
                "results": [
                    {},
                    {
                        "metrics": [
                            {
                                "time": "2031-05-06T07:08:09Z",
                                "key": "k",
                                "value": "1",
                                "unit": "a/0",
                                "labels": None,
                            }
                        ]
                    },
                ]
            },
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
