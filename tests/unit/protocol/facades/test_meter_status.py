"""protocol.facades.meter_status: the exact spelling of the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status

ERROR = wire.Error("no", "")
ERROR_JSON = {"message": "no", "code": ""}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            meter_status.MeterStatusResults(
                (meter_status.MeterStatusResult("RED", ""), meter_status.MeterStatusResult("", "", ERROR))
            ),
            {"results": [{"code": "RED", "info": ""}, {"code": "", "info": "", "error": ERROR_JSON}]},
        ),
        (
            meter_status.UnitStateResults(
                (
                    meter_status.UnitStateResult(),
                    meter_status.UnitStateResult({"k": "v"}, "u", {"1": "r"}, "s", "x", "m"),
                )
            ),
            {
                "results": [
                    {},
                    {
                        "charm-state": {"k": "v"},
                        "uniter-state": "u",
                        "relation-state": {"1": "r"},
                        "storage-state": "s",
                        "secret-state": "x",
                        "meter-status-state": "m",
                    },
                ]
            },
        ),
        (
            meter_status.SetUnitStateArgs((meter_status.SetUnitStateArg("t", meter_status_state=""),)),
            {"args": [{"tag": "t", "meter-status-state": ""}]},
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
