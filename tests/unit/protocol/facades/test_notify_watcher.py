"""protocol.facades.notify_watcher: the exact spelling of the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import notify_watcher


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (notify_watcher.NextParams(), {}),
        (notify_watcher.NextParams(tell_status=True), {"tell-status": True}),
        (notify_watcher.NextResult(), {}),
        (
            notify_watcher.NextResult("RED", "x", wire.PolicyResult(7)),
            {"code": "RED", "info": "x", "policy": {"revision": 7}},
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
