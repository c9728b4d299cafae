"""protocol.facades.controller: the exact spelling of the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import controller

NONE: list[str] = []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            controller.APIInfoResults(
                (controller.APIInfo(("h:1",), "pem"), controller.APIInfo((), "", wire.Error("no", "")))
            ),
            {
                "results": [
                    {"addresses": ["h:1"], "cacert": "pem"},
                    {"addresses": NONE, "cacert": "", "error": {"message": "no", "code": ""}},
                ]
            },
        ),
        (controller.ConfigResult({"api-port": 1}), {"config": {"api-port": 1}}),
        (controller.VersionResult("3.6.0", ""), {"version": "3.6.0", "git-commit": ""}),
        (
            controller.UserAccessResults(
                (
                    controller.UserAccessResult(controller.UserAccess("user-a", "login")),
                    controller.UserAccessResult(error=wire.Error("no", "")),
                )
            ),
            {
                "results": [
                    {"result": {"user-tag": "user-a", "access": "login"}},
                    {"error": {"message": "no", "code": ""}},
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
