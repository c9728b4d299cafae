"""protocol.facades.meter_status_delivery: the exact spelling of the wire."""

import datetime
from collections.abc import Callable
from typing import Any

from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status_delivery

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)


def test_shapes_are_spelled_exactly(check_spelling: Callable[[wire.Wire, dict[str, Any]], None]) -> None:
    """What a hook did not say, or did not end with, is left out."""
    told = meter_status_delivery.Delivery(
        "a-1", 1, "meter-status-changed", "RED", "i", "agent", "missing", AT
    )
    said = {
        "id": "a-1",
        "attempt": 1,
        "hook": "meter-status-changed",
        "code": "RED",
        "info": "i",
        "origin": "agent",
        "result": "missing",
        "ended": "2031-05-06T07:08:09Z",
    }
    report = meter_status_delivery.ReportDelivery("unit-a-0", told)
    check_spelling(
        meter_status_delivery.ReportDeliveries((report,)),
        {"reports": [{"tag": "unit-a-0", "delivery": said}]},
    )
