"""protocol.facades.storage: the exact spelling of the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import storage

NONE: list[str] = []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (storage.Filters(({"machines": ["0"]},)), {"filters": [{"machines": ["0"]}]}),
        (storage.DetailsResults((storage.NoDetails(()),)), {"results": [{"result": NONE}]}),
    ],
)
def test_shapes_are_spelled_exactly(
    value: wire.Wire,
    expected: dict[str, Any],
    check_spelling: Callable[[wire.Wire, dict[str, Any]], None],
) -> None:
    """Each shape is written with the keys of the specification, and read back the same."""
    check_spelling(value, expected)
