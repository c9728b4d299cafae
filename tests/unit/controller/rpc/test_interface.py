"""controller.rpc.interface: what the functions of all facades share."""

import datetime
import math

import pytest

from meterstatus import errors
from meterstatus.controller.rpc import interface
from meterstatus.domain import names
from meterstatus.protocol import wire

DAY = datetime.timedelta(days=1)


def test_rubbish_is_no_tag() -> None:
    """A tag of any kind is read; what is none is left to the use case, which denies it as a foreign one."""
    assert interface.tag("unit-shop-0") == names.Tag(names.Kind.UNIT, "shop/0")
    assert [interface.tag(text) for text in ("rubbish", "", "shop/0")] == [None] * 3


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
