"""What a hook is told, as variables and as a document."""

import dataclasses
import datetime
import time

import pytest

from meterstatus.domain import status, telling

SECOND = datetime.timedelta(seconds=1)
FULL = telling.Telling(
    status=status.MeterStatus("AMBER", "near"),
    delivery_id="18c-3",
    attempt=2,
    previous=status.MeterStatus("GREEN", "ok"),
    origin=telling.Origin.AGENT,
    next_stage=telling.Stage(
        "RED", 600.9 * SECOND, datetime.datetime(2031, 5, 6, 7, 8, 9, 500000, tzinfo=datetime.UTC)
    ),
    since_contact=300.9 * SECOND,
)


def test_variables_say_all_that_is_known() -> None:
    """Every fact is a variable, in whole seconds and in UTC."""
    assert telling.variables(FULL) == {
        "METER_STATUS_DELIVERY_ID": "18c-3",
        "METER_STATUS_ATTEMPT": "2",
        "METER_STATUS_ORIGIN": "agent",
        "METER_STATUS_PREVIOUS_STATUS": "GREEN",
        "METER_STATUS_PREVIOUS_INFO": "ok",
        "METER_STATUS_NEXT_STATUS": "RED",
        "METER_STATUS_NEXT_AT": "2031-05-06T07:08:09Z",
        "METER_STATUS_NEXT_IN_SECONDS": "600",
        "METER_STATUS_SECONDS_SINCE_CONTACT": "300",
    }


def test_times_are_utc_wherever_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the instant's own zone nor the machine's shows."""
    zone = datetime.timezone(datetime.timedelta(hours=-3))
    stage = telling.Stage("RED", SECOND, datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=zone))
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        said = telling.variables(dataclasses.replace(FULL, next_stage=stage))["METER_STATUS_NEXT_AT"]
    time.tzset()
    assert said == "2031-05-06T10:08:09Z"


def test_what_is_not_known_has_no_variable() -> None:
    """A hook that asks for a variable that is not there hears nothing, rather than something made up."""
    assert telling.variables(telling.Telling(status.MeterStatus("GREEN", "ok"))) == {}


def test_the_document_has_every_key() -> None:
    """A reader needs no default: what is not known is null."""
    full, bare = telling.document(FULL, "shop/0"), telling.document(telling.Telling(FULL.status), "shop/0")
    assert list(full) == list(bare)
    assert full["status"] == bare["status"] == {"code": "AMBER", "info": "near"}
    assert full["next"] == {"status": "RED", "at": "2031-05-06T07:08:09Z", "in-seconds": 600}
    assert (bare["next"], bare["previous"], bare["origin"], bare["seconds-since-contact"]) == (None,) * 4
    assert full["delivery"] == {"id": "18c-3", "attempt": 2}
    assert (full["hook"], full["unit"], full["version"]) == ("meter-status-changed", "shop/0", 1)
    assert (full["origin"], full["seconds-since-contact"]) == ("agent", 300)
