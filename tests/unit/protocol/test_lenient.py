"""protocol.lenient: what is renamed, dropped and filled in, and what is not."""

from typing import Any

import msgspec
import pytest

from meterstatus.protocol import lenient, wire
from meterstatus.protocol.facades import meter_status, meter_status_admin, metrics_debug


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"Request-ID": 1}, {"request-id": 1}),
        ({"REQUEST-ID": 1, "request-id": 2}, {"request-id": 2}),
        ({"request-id": 2, "REQUEST-ID": 1}, {"request-id": 2}),
        ({"REQUEST-ID": 1, "Request-Id": 2}, {"request-id": 1}),
        ({"requestid": 1}, {}),
    ],
)
def test_keys_are_renamed_but_for_case(keys: dict[str, int], expected: dict[str, int]) -> None:
    """An exact key wins over a folded one, an earlier one over a later, and others are dropped."""
    assert lenient.folded(keys, {"request-id": "request-id"}) == expected


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ({"Entities": [{"TAG": "unit-a-0", "x": 1}], "y": [2]}, ["unit-a-0"]),
        ({"entities": [{"tag": None}, {}, None]}, ["", "", ""]),
        ({"entities": None}, []),
        ({}, []),
        (None, []),
    ],
)
def test_what_is_missing_or_null_is_empty(value: Any, tags: list[str]) -> None:
    """Lists, texts and objects have an empty value; unknown keys are passed over."""
    assert [entity.tag for entity in lenient.convert(value, wire.Entities).entities] == tags


def test_null_parts_are_absent_where_absence_counts() -> None:
    """An optional part is None when it is null or missing, and "" only when it was sent so."""
    value = {
        "args": [{"tag": "t", "uniter-state": None, "Meter-Status-State": "", "charm-state": {"K": None}}]
    }
    (arg,) = lenient.convert(value, meter_status.SetUnitStateArgs).args
    assert (arg.uniter_state, arg.meter_status_state) == (None, "")
    assert arg.charm_state == {"K": ""}


@pytest.mark.parametrize("value", [[], {"entities": {}}, {"entities": ["t"]}, {"entities": [{"tag": 7}]}])
def test_a_wrong_value_is_no_empty_one(value: Any) -> None:
    """A value of another JSON type is left to the converter, which refuses it."""
    with pytest.raises(msgspec.ValidationError):
        lenient.convert(value, wire.Entities)


def test_a_missing_flag_is_false_and_a_missing_instant_is_refused() -> None:
    """What has an empty value gets it; an instant has none."""
    unit: dict[str, Any] = {"unit": "a/0", "since": "2031-05-06T07:08:09Z"}
    whole = {"revision": 1, "controller": "c", "model": "m", "model-name": "n", "units": [unit]}
    (read,) = lenient.convert(whole, meter_status_admin.StatusResult).units
    assert (read.connected, read.revision, read.told_code) == (False, 0, "")
    del unit["since"]
    with pytest.raises(msgspec.ValidationError):
        lenient.convert(whole, meter_status_admin.StatusResult)


def test_a_missing_nullable_value_is_null() -> None:
    """Where null is a value, it is the empty one."""
    metric = {"time": "2031-05-06T07:08:09Z", "key": "k", "value": "1", "unit": "a/0"}
    results = lenient.convert({"results": [{"metrics": [metric]}]}, metrics_debug.MetricResults).results
    assert results[0].metrics[0].labels is None
