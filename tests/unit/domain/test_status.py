"""Severity and the combining of statuses."""

import pytest

from meterstatus.domain import status


def test_severity_orders_the_codes() -> None:
    """GREEN < NOT SET < AMBER < RED < NOT AVAILABLE, by rank 1 to 5."""
    ranked = [status.severity(code) for code in ("GREEN", "NOT SET", "AMBER", "RED", "NOT AVAILABLE")]

    assert [1, 2, 3, 4, 5] == ranked


@pytest.mark.parametrize("text", ["", "red", "PURPLE", "NOT_SET"])
def test_text_that_is_no_code_ranks_below_green(text: str) -> None:
    """A garbled code never holds back an escalation."""
    assert status.severity(text) == 0


def test_worst_prefers_the_first_of_equals() -> None:
    """Of two statuses alike in severity the first counts, with its information."""
    first, second = status.MeterStatus("AMBER", "first"), status.MeterStatus("AMBER", "second")

    assert first == status.worst([status.MeterStatus("GREEN"), first, second])


def test_worst_of_nothing_is_nothing() -> None:
    """There is no worst of no statuses."""
    assert status.worst([]) is None


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        (status.MeterStatus("GREEN", "i"), status.MeterStatus("GREEN", "i")),
        (status.MeterStatus("AMBER", "i"), status.MeterStatus("AMBER", "i")),
        (status.MeterStatus("RED", "i"), status.MeterStatus("RED", "i")),
        (status.MeterStatus("NOT SET", "i"), status.MeterStatus("AMBER", "not set")),
        (status.MeterStatus("NOT AVAILABLE", "i"), status.MeterStatus("RED", "not available")),
        (status.MeterStatus("garbage", "i"), status.MeterStatus("RED", "not available")),
    ],
)
def test_an_agent_is_told_colours_only(stored: status.MeterStatus, told: status.MeterStatus) -> None:
    """What is no colour is mapped to one before it leaves the controller."""
    assert told == status.as_told(stored)
