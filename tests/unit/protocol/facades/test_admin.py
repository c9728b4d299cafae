"""protocol.facades.admin: the exact spelling of the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import admin


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            admin.LoginRequest(
                "unit-a-0", "pw", "unused", client_version="3.6.0", cli_args="x", user_data="y"
            ),
            {
                "auth-tag": "unit-a-0",
                "credentials": "pw",
                "nonce": "unused",
                "client-version": "3.6.0",
                "cli-args": "x",
                "user-data": "y",
            },
        ),
        (
            admin.LoginResult(
                "controller-x",
                (admin.FacadeVersions("Pinger", (1,)),),
                "3.6.0",
                ((wire.HostPort("10.0.0.5", "ipv4", "public", 17070, space_name="s"),),),
                "dns",
                "model-x",
                admin.UserInfo("", "user-bob", "login", "write"),
            ),
            {
                "controller-tag": "controller-x",
                "facades": [{"name": "Pinger", "versions": [1]}],
                "server-version": "3.6.0",
                "servers": [
                    [
                        {
                            "value": "10.0.0.5",
                            "type": "ipv4",
                            "scope": "public",
                            "port": 17070,
                            "space-name": "s",
                        }
                    ]
                ],
                "public-dns-name": "dns",
                "model-tag": "model-x",
                "user-info": {
                    "display-name": "",
                    "identity": "user-bob",
                    "controller-access": "login",
                    "model-access": "write",
                },
            },
        ),
        (
            admin.LoginResult("controller-x", (), "3.6.0"),
            {"controller-tag": "controller-x", "facades": [], "server-version": "3.6.0"},
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
