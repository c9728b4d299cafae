"""protocol.facades.migration: the exact spelling of the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import migration


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            migration.MigrationStatus("", 0, "NONE", (), "", (), ""),
            {
                "migration-id": "",
                "attempt": 0,
                "phase": "NONE",
                "source-api-addrs": [],
                "source-ca-cert": "",
                "target-api-addrs": [],
                "target-ca-cert": "",
            },
        ),
        (
            migration.MinionReport("1:2", "QUIESCE", True),
            {"migration-id": "1:2", "phase": "QUIESCE", "success": True},
        ),
    ],
)
def test_shapes_are_spelled_exactly(
    value: wire.Wire,
    expected: dict[str, Any],
    check_spelling: Callable[[wire.Wire, dict[str, Any]], None],
) -> None:
    """Each shape is written with the keys of python-libjuju's definitions, and read back the same."""
    check_spelling(value, expected)
