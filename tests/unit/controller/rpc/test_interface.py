"""controller.rpc.interface: what the functions of all facades share."""

import datetime
import math

import pytest

from meterstatus import errors
from meterstatus.controller.rpc import interface
from meterstatus.domain.fleet import records
from meterstatus.protocol import wire

AGENT = records.Agent("shop/0", 1)
DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize("tag", ["unit-shop-1", "application-shop", "rubbish", ""])
def test_an_agent_has_its_own_unit_only(tag: str) -> None:
    """Other units, other kinds and rubbish are denied alike."""
    interface.check_own(AGENT, "unit-shop-0")
    with pytest.raises(errors.UnauthorizedError, match="permission denied"):
        interface.check_own(AGENT, tag)


def test_a_span_has_bounds() -> None:
    """Nothing and the longest are spans; what is negative, longer or no number is refused in words."""
    assert interface.span(0, DAY, "rest of", "0 s to 24 h") == datetime.timedelta(0)
    assert interface.span(86400, DAY, "rest of", "0 s to 24 h") == DAY
    for seconds in (-1, 86401, math.inf, math.nan):
        with pytest.raises(errors.NotValidError, match=r"invalid rest of .* seconds: it may be 0 s to 24 h"):
            interface.span(seconds, DAY, "rest of", "0 s to 24 h")


def test_an_error_inside_a_result_is_cut() -> None:
    """It has the exception's text and code, and is not as long as what was sent may be."""
    error = interface.wire_error(errors.NotFoundError('unit "shop/0"'))
    assert error == wire.Error('unit "shop/0" not found', "not found")
    assert len(interface.wire_error(errors.MeterStatusError("x" * 5000)).message) < 1100
