"""What the tests of every family of facades share."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from meterstatus.protocol import wire


@pytest.fixture
def check_spelling() -> Callable[[wire.Wire, dict[str, Any]], None]:
    """A check that a shape is written with exactly these keys, and read back the same."""

    def check(value: wire.Wire, expected: dict[str, Any]) -> None:
        text = msgspec.json.encode(value)
        assert msgspec.json.decode(text) == expected
        assert msgspec.json.decode(text, type=type(value)) == value

    return check
