"""protocol.wire: the exact spelling of the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire

ERROR = wire.Error("no", "")
ERROR_JSON = {"message": "no", "code": ""}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (wire.Empty(), {}),
        (wire.Error("no", "c", {"k": 1}), {"message": "no", "code": "c", "info": {"k": 1}}),
        (
            wire.ErrorResults((wire.ErrorResult(), wire.ErrorResult(ERROR))),
            {"results": [{}, {"error": ERROR_JSON}]},
        ),
        (wire.Entities((wire.Entity("unit-a-0"),)), {"entities": [{"tag": "unit-a-0"}]}),
        (
            wire.PolicyResult(7, wire.Policy(10.0, 0.0, 2.5), ERROR),
            {
                "revision": 7,
                "policy": {"amber-grace-seconds": 10.0, "red-grace-seconds": 0.0, "warning-seconds": 2.5},
                "error": ERROR_JSON,
            },
        ),
        (
            wire.NotifyWatchResults((wire.NotifyWatchResult("3"), wire.NotifyWatchResult("", ERROR))),
            {"results": [{"NotifyWatcherId": "3"}, {"NotifyWatcherId": "", "error": ERROR_JSON}]},
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


def test_a_facade_is_served_in_its_version_and_the_earlier_ones() -> None:
    """All of them in ascending order, as a login lists them."""
    assert wire.Facade("Shop", 3, (1, 2)).versions == (1, 2, 3)
