"""protocol.facades.user_manager: the exact spelling of the wire."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import user_manager

NEVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (user_manager.UserInfoRequest((wire.Entity("user-a"),)), {"entities": [{"tag": "user-a"}]}),
        (user_manager.UserInfoRequest((), True), {"entities": [], "include-disabled": True}),
        (
            user_manager.UserInfoResults(
                (
                    user_manager.UserInfoResult(
                        user_manager.UserInfo("bob", "", "superuser", "", NEVER, False)
                    ),
                    user_manager.UserInfoResult(error=wire.Error("no", "")),
                )
            ),
            {
                "results": [
                    {
                        "result": {
                            "username": "bob",
                            "display-name": "",
                            "access": "superuser",
                            "created-by": "",
                            "date-created": "0001-01-01T00:00:00Z",
                            "disabled": False,
                        }
                    },
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
