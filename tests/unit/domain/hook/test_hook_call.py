"""What a hook is told, as variables and as a document."""

import dataclasses
import datetime
import time

import pytest

from meterstatus.domain import epoch, status
from meterstatus.domain.hook import hook_call

SECOND = datetime.timedelta(seconds=1)
FULL = hook_call.HookCall(
    status=status.MeterStatus("AMBER", "near"),
    delivery_id="18c-3",
    attempt=2,
    previous=status.MeterStatus("GREEN", "ok"),
    origin=hook_call.Origin.AGENT,
    next_stage=hook_call.Stage(
        "RED", 600.9 * SECOND, datetime.datetime(2031, 5, 6, 7, 8, 9, 500000, tzinfo=datetime.UTC)
    ),
    since_contact=300.9 * SECOND,
)


def test_variables_say_all_that_is_known() -> None:
    """Every fact is a variable, in whole seconds and in UTC."""
    assert hook_call.variables(FULL) == {
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
    stage = hook_call.Stage("RED", SECOND, datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=zone))
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        said = hook_call.variables(dataclasses.replace(FULL, next_stage=stage))["METER_STATUS_NEXT_AT"]
    time.tzset()
    assert said == "2031-05-06T10:08:09Z"


def test_what_is_not_known_has_no_variable() -> None:
    """A hook that asks for a variable that is not there hears nothing, rather than something made up."""
    assert hook_call.variables(hook_call.HookCall(status.MeterStatus("GREEN", "ok"))) == {}


def test_the_document_has_every_key() -> None:
    """A reader needs no default: what is not known is null."""
    full, bare = (
        hook_call.document(FULL, "shop/0"),
        hook_call.document(hook_call.HookCall(FULL.status), "shop/0"),
    )
    assert list(full) == list(bare)
    assert full["status"] == bare["status"] == {"code": "AMBER", "info": "near"}
    assert full["next"] == {"status": "RED", "at": "2031-05-06T07:08:09Z", "in-seconds": 600}
    assert (bare["next"], bare["previous"], bare["origin"], bare["seconds-since-contact"]) == (None,) * 4
    assert full["delivery"] == {"id": "18c-3", "attempt": 2}
    assert (full["hook"], full["unit"], full["version"]) == ("meter-status-changed", "shop/0", 1)
    assert (full["origin"], full["seconds-since-contact"]) == ("agent", 300)


STANDING = epoch.Standing(epoch.Place(9, 499, 498), restored_from=epoch.Place(1, 512))


def test_how_new_the_word_is_and_what_was_announced_is_told() -> None:
    """As variables and in the document; what is not so is null there, and no variable."""
    told = dataclasses.replace(FULL, longer=90.5 * SECOND, standing=STANDING)
    said = hook_call.variables(told)
    assert said["METER_STATUS_MAINTENANCE_SECONDS"] == "90"
    assert (said["METER_STATUS_EPOCH"], said["METER_STATUS_EPOCH_STATE"]) == ("9", "restored")
    document = hook_call.document(told, "shop/0")
    assert document["maintenance-seconds"] == 90
    assert document["epoch"] == {
        "number": 9,
        "revision": 499,
        "state": "restored",
        "restored-from": {"number": 1, "revision": 512},
        "controller-at": None,
    }
    behind = dataclasses.replace(FULL, standing=epoch.Standing(epoch.Place(1, 5), older=epoch.Place(1, 3)))
    assert hook_call.variables(behind)["METER_STATUS_EPOCH_STATE"] == "behind"
    held = hook_call.document(behind, "shop/0")["epoch"]
    assert isinstance(held, dict)
    assert held["controller-at"] == {"number": 1, "revision": 3}
    assert hook_call.document(FULL, "shop/0")["epoch"] is None
