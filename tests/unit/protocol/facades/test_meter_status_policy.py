"""protocol.facades.meter_status_policy: the exact spelling of the wire."""

from collections.abc import Callable
from typing import Any

from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status_policy


def test_shapes_are_spelled_exactly(check_spelling: Callable[[wire.Wire, dict[str, Any]], None]) -> None:
    """Where no policy is set, the answer still says as of which revision."""
    answer = meter_status_policy.PolicyResults((wire.PolicyResult(7),))
    check_spelling(answer, {"results": [{"revision": 7}]})
