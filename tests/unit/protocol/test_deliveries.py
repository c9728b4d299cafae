"""protocol.deliveries: a report on the wire and back."""

import datetime
from typing import Any

import msgspec
import pytest

from meterstatus import errors
from meterstatus.domain import status
from meterstatus.domain.hook import delivery_report, hook_call, outcome, trouble
from meterstatus.protocol import deliveries
from meterstatus.protocol.facades import meter_status_delivery

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
REPORT = delivery_report.DeliveryReport(
    "a-1",
    2,
    hook_call.HookKind.CHANGED,
    status.MeterStatus("RED", "over budget"),
    hook_call.Origin.AGENT,
    outcome.HookOutcome(outcome.HookResult.FAILED, 3, "exit status 3: boom", ("one", "two")),
    AT,
)
WIRE: dict[str, Any] = {
    "id": "a-1",
    "attempt": 2,
    "hook": "meter-status-changed",
    "code": "RED",
    "info": "over budget",
    "origin": "agent",
    "result": "failed",
    "ended": "2031-05-06T07:08:09Z",
    "exit-status": 3,
    "detail": "exit status 3: boom",
    "log": ["one", "two"],
}


def test_its_form_on_the_wire() -> None:
    """Juju's kebab keys, RFC 3339 times, and the words that the documents list."""
    assert msgspec.to_builtins(deliveries.to_wire(REPORT)) == WIRE | {"log": ("one", "two")}


def test_it_comes_back_the_same() -> None:
    """Nothing is lost on the way."""
    said = msgspec.convert(WIRE, meter_status_delivery.Delivery)
    assert deliveries.from_wire(said) == REPORT


@pytest.mark.parametrize(
    "wrong",
    [{"id": ""}, {"attempt": 0}, {"hook": "install"}, {"origin": "nobody"}, {"result": "perhaps"}],
    ids=str,
)
def test_what_no_agent_can_mean(wrong: dict[str, Any]) -> None:
    """A report without an id, or with a word that there is not, is refused."""
    with pytest.raises(errors.NotValidError):
        deliveries.from_wire(msgspec.convert(WIRE | wrong, meter_status_delivery.Delivery))


def test_a_trouble_comes_back_the_same() -> None:
    """With and without a time; its words are cut, and a reason that there is not is refused."""
    for said in (
        trouble.Trouble(trouble.Reason.LOCK, "process 7", REPORT.ended_at),
        trouble.Trouble(trouble.Reason.CHARM),
    ):
        assert deliveries.trouble_from_wire(deliveries.trouble_to_wire(said)) == said
    long = meter_status_delivery.Trouble("agent", "x" * 10_000)
    assert len(deliveries.trouble_from_wire(long).detail.encode()) == trouble.DETAIL_LIMIT_BYTES
    with pytest.raises(errors.NotValidError, match="perhaps"):
        deliveries.trouble_from_wire(meter_status_delivery.Trouble("perhaps"))


@pytest.mark.parametrize(
    ("key", "number"), [("attempt", 2**31), ("attempt", 2**64 - 1), ("exit-status", -(2**40))]
)
def test_a_number_that_cannot_be_is_refused(key: str, number: int) -> None:
    """No database could keep it."""
    said = msgspec.convert(WIRE | {key: number}, meter_status_delivery.Delivery)
    with pytest.raises(errors.NotValidError):
        deliveries.from_wire(said)
