"""protocol.shapes: params and results as leniently as Juju reads them."""

from typing import Any

import msgspec
import pytest

from meterstatus import errors
from meterstatus.protocol import limits, shapes, wire
from meterstatus.protocol.facades import meter_status, meter_status_admin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"entities": [{"tag": "unit-a-0"}]}', ["unit-a-0"]),
        ('{"Entities": [{"TAG": "unit-a-0"}]}', ["unit-a-0"]),
        ('{"entities": [{"tag": "unit-a-0", "x": 1}], "y": [2]}', ["unit-a-0"]),
        ('{"entities": [{"Tag": "no", "tag": "unit-a-0"}]}', ["unit-a-0"]),
        ('{"entities": [{"tag": null}, {}, null]}', ["", "", ""]),
        ('{"entities": null}', []),
        ("{}", []),
        ("null", []),
    ],
)
def test_params_are_read_leniently(text: str, expected: list[str]) -> None:
    """Case, unknown keys, nulls and missing keys are all as Juju takes them."""
    params = shapes.decode_params(msgspec.Raw(text), wire.Entities)
    assert [entity.tag for entity in params.entities] == expected


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("[]", wire.Entities),
        ('{"entities": {}}', wire.Entities),
        ('{"entities": ["unit-a-0"]}', wire.Entities),
        ('{"entities": [{"tag": 7}]}', wire.Entities),
        ('{"Limit": "7"}', meter_status_admin.HistoryParams),
        ('{"args": [{"tag": "t", "Charm-state": []}]}', meter_status.SetUnitStateArgs),
        ("{", wire.Entities),
        (b'{"entities": [{"tag": "\xff"}]}', wire.Entities),
        ("[" * 5000, wire.Entities),
    ],
)
def test_params_of_a_wrong_type_are_refused(text: str | bytes, type_: type[Any]) -> None:
    """A value of another JSON type is no empty one; the error has no code."""
    with pytest.raises(shapes.ParamsError) as raised:
        shapes.decode_params(msgspec.Raw(text), type_)
    assert raised.value.code == ""


@pytest.mark.parametrize("element", ['{"tag": "unit-a-0"}', "null"])
def test_a_list_longer_than_a_fleet_is_refused(element: str) -> None:
    """A whole fleet is read, strictly or leniently; one more is refused before it is walked."""
    fleet = [element] * limits.MAX_ELEMENTS
    read = shapes.decode_params(msgspec.Raw(f'{{"entities": [{",".join(fleet)}]}}'), wire.Entities)
    assert len(read.entities) == limits.MAX_ELEMENTS

    with pytest.raises(shapes.ParamsError, match="over the limit of 10000"):
        shapes.decode_params(msgspec.Raw(f'{{"entities": [{",".join([*fleet, element])}]}}'), wire.Entities)


def test_a_result_is_read_as_leniently_as_params() -> None:
    """A newer controller's keys and a Go controller's null lists are no mistake."""
    value = {"results": [{"notifywatcherid": "3", "new": 1}, {"error": {"message": "no"}}]}
    results = shapes.read_result(value, wire.NotifyWatchResults).results
    assert results == (
        wire.NotifyWatchResult("3"),
        wire.NotifyWatchResult("", wire.Error("no", "")),
    )
    assert shapes.read_result({"results": None}, wire.NotifyWatchResults).results == ()


@pytest.mark.parametrize("value", [[], {"results": 7}, {"results": [{"NotifyWatcherId": 3}]}])
def test_a_result_of_a_wrong_type_is_the_peers_breach(value: Any) -> None:
    """An answer of another shape is refused."""
    with pytest.raises(errors.RemoteProtocolError):
        shapes.read_result(value, wire.NotifyWatchResults)
