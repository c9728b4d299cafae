"""Cells and sums of what is asserted, delivered and predicted."""

import datetime
from typing import Any

import msgspec
import pytest

from meterstatus.programs import output
from meterstatus.programs.cli.views import unit_view
from meterstatus.protocol.facades import meter_status_admin, meter_status_delivery

NOW = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
UNIT = meter_status_admin.UnitStatus(
    "shop/0", "GREEN", "", "GREEN", "", NOW, 3, connected=True, hook_told="yes"
)
LAST = NOW - datetime.timedelta(seconds=9)
RED_AT = NOW + datetime.timedelta(minutes=4, seconds=10)
AWAY = meter_status_admin.Contact("", LAST, LAST)
HERE = meter_status_admin.Contact("", NOW, NOW)
AMBER = meter_status_admin.Predicted(
    "AMBER", "cut off", "AMBER", meter_status_admin.NextStage("RED", RED_AT), 2
)
MOMENTS = output.Moments(NOW, has_room=False)


def unit(**fields: Any) -> meter_status_admin.UnitStatus:
    """Return a unit that is as it should be but for some fields."""
    return msgspec.structs.replace(UNIT, **fields)


def delivered(code: str, result: str = "ran", info: str = "") -> meter_status_admin.Delivered:
    """Return what a hook was told."""
    told = meter_status_delivery.Delivery(
        "a-1", 1, "meter-status-changed", code, info, "controller", result, NOW, exit_status=0
    )
    return meter_status_admin.Delivered(NOW, told)


@pytest.mark.parametrize(
    ("held", "hook_told", "cell"),
    [
        (None, "unknown", "?"),
        (None, "", "?"),
        (delivered("GREEN"), "yes", "="),
        (delivered("GREEN", "missing"), "yes", "="),
        (delivered("AMBER"), "no", "AMBER"),
        (delivered("GREEN", info="old"), "no", "GREEN"),
        (delivered("GREEN", "failed"), "no", "GREEN failed"),
    ],
)
def test_what_was_delivered_shows_where_it_differs(
    held: meter_status_admin.Delivered | None, hook_told: str, cell: str
) -> None:
    """The same as asserted is a sign; another status, information or end is a word, and a problem."""
    one = unit(delivered=held, hook_told=hook_told)
    assert unit_view.delivered_cell(one) == cell
    assert unit_view.is_problem(one) is (cell not in "?=")
    assert unit_view.document(one)["hook-told"] == (hook_told or "unknown")


@pytest.mark.parametrize(
    ("reason", "held", "cell"),
    [
        ("charm", None, "-, no charm"),
        ("lock", delivered("AMBER"), "AMBER, lock held"),
        ("hook-failed", delivered("GREEN", "failed"), "GREEN failed"),
        ("hook-not-started", delivered("GREEN", "not started"), "GREEN not started"),
        ("state", delivered("GREEN"), "=, not recorded"),
        ("of another release", None, "-"),
    ],
)
def test_what_troubles_an_agent_is_a_problem(
    reason: str, held: meter_status_admin.Delivered | None, cell: str
) -> None:
    """Its reason stands beside what was told, and programs get all of it."""
    said = meter_status_delivery.Trouble(reason, "why", NOW)
    one = unit(delivered=held, hook_told="no", trouble=said)
    assert unit_view.delivered_cell(one) == cell
    assert unit_view.is_problem(one)
    assert unit_view.document(one)["trouble"] == {
        "reason": reason,
        "detail": "why",
        "retry-at": "2031-05-06T07:08:09Z",
    }
    assert unit_view.document(unit(trouble=meter_status_delivery.Trouble(reason)))["trouble"] == {
        "reason": reason,
        "detail": "",
        "retry-at": None,
    }


@pytest.mark.parametrize(
    ("before", "cell"),
    [(delivered("GREEN"), "=, RED failed"), (delivered("AMBER", "missing"), "AMBER, RED failed")],
)
def test_what_was_told_stands_before_what_failed(before: meter_status_admin.Delivered, cell: str) -> None:
    """It is a problem all the same, and programs get both."""
    one = unit(delivered=delivered("RED", "failed"), delivered_before=before, hook_told="no")
    assert unit_view.delivered_cell(one) == cell
    assert unit_view.is_problem(one)
    shown = unit_view.document(one)
    assert (shown["delivered"]["status"], shown["delivered-before"]["status"]) == (
        "RED",
        before.delivery.code,
    )


@pytest.mark.parametrize(
    ("made", "cell"),
    [
        (None, "-"),
        (AMBER, "AMBER, RED in 4m10s"),
        (msgspec.structs.replace(AMBER, code="GREEN", stage=""), "=, RED in 4m10s"),
        (meter_status_admin.Predicted("RED", "", "RED"), "RED"),
        (meter_status_admin.Predicted("", "", assumptions=("never-in-contact",)), "?"),
    ],
)
def test_what_is_predicted_shows_with_what_comes(
    made: meter_status_admin.Predicted | None, cell: str
) -> None:
    """What must have been decided, and the next stage with its time."""
    assert unit_view.predicted_cell(unit(predicted=made), MOMENTS) == cell


@pytest.mark.parametrize(
    ("one", "cell"),
    [
        (unit(), "yes"),
        (unit(connected=False, contact=AWAY, predicted=AMBER), "9s ago"),
        (unit(connected=False, contact=msgspec.structs.replace(AWAY, is_exact=False)), "≤9s ago"),
        (unit(connected=False), "no"),
        (unit(connected=False, predicted=meter_status_admin.Predicted("", "")), "never"),
        (
            unit(contact=AWAY, predicted=msgspec.structs.replace(AMBER, assumptions=("silent",))),
            "9s ago",
        ),
    ],
)
def test_contact_is_yes_or_when_it_was(one: meter_status_admin.UnitStatus, cell: str) -> None:
    """A silent connection is no contact; a bound is marked; a controller of before tells no time."""
    assert unit_view.contact_cell(one, MOMENTS) == cell
    assert unit_view.is_out_of_contact(one) is (cell != "yes")


def test_the_sum_says_what_is_wrong() -> None:
    """All is well, or how many units are out of contact, escalated, and not told."""
    assert unit_view.sum_line([unit()]) == "1 unit: 1 GREEN; all in contact and told"
    away = unit(connected=False, predicted=AMBER, hook_told="unknown")
    units = [away, unit(code="RED", delivered=delivered("AMBER"), hook_told="no"), unit(hook_told="unknown")]
    wrong = "1 out of contact, 1 escalated, 1 not told, 1 not known to be told"
    assert unit_view.sum_line(units) == f"3 units: 2 GREEN, 1 RED; {wrong}"


def test_programs_get_everything() -> None:
    """Contact, delivery and prediction are whole, with null for what there is not."""
    instant = "2031-05-06T07:08:09Z"
    everything = unit_view.document(unit(contact=HERE, delivered=delivered("GREEN"), predicted=AMBER))
    assert everything["contact"] == {
        "controller": "",
        "since": instant,
        "last-contact": instant,
        "exact": True,
    }
    assert everything["predicted"] == {
        "status": "AMBER",
        "info": "cut off",
        "stage": "AMBER",
        "next": {"status": "RED", "at": "2031-05-06T07:12:19Z"},
        "early-by-seconds": 2,
        "assumptions": [],
    }
    assert (everything["hook-told"], everything["trouble"]) == ("yes", None)
    assert (everything["delivered"]["result"], everything["delivered"]["reported"]) == ("ran", instant)
    never = unit_view.document(unit(predicted=meter_status_admin.Predicted("", "")))["predicted"]
    assert (never["status"], never["stage"], never["next"]) == (None, None, None)
