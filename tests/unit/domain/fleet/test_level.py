"""What a unit is told of what is set for it, its application and the model."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterstatus.domain import names, status
from meterstatus.domain.fleet import level

MODEL = "5f1f9c2e-8f0e-4a43-9d3c-0a4f5b6c7d8e"
SHOP = names.Tag(names.Kind.APPLICATION, "shop")
WHOLE_MODEL = names.Tag(names.Kind.MODEL, MODEL)
AT = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)
NOT_SET = status.MeterStatus("NOT SET")

SET = st.builds(status.MeterStatus, st.sampled_from(["GREEN", "AMBER", "RED"]), st.sampled_from(["", "a"]))
OWN = SET | st.just(NOT_SET)
ABOVE = SET | st.none()


def said(code: str, info: str = "") -> status.MeterStatus:
    """Make a status."""
    return status.MeterStatus(code, info)


@pytest.mark.parametrize(
    ("own", "application", "model", "told"),
    [
        (said("AMBER", "own"), None, None, said("AMBER", "own")),
        (said("GREEN"), said("RED", "app"), said("AMBER", "model"), said("RED", "app")),
        (said("GREEN"), said("AMBER", "app"), said("RED", "model"), said("RED", "model")),
        (said("RED", "own"), said("RED", "app"), said("RED", "model"), said("RED", "own")),
        (said("GREEN"), said("RED", "app"), said("RED", "model"), said("RED", "app")),
        (NOT_SET, said("GREEN", "app"), None, said("GREEN", "app")),
        (NOT_SET, None, None, NOT_SET),
    ],
)
def test_the_worst_prevails_and_of_equals_the_narrowest(
    own: status.MeterStatus,
    application: status.MeterStatus | None,
    model: status.MeterStatus | None,
    told: status.MeterStatus,
) -> None:
    """NOT SET is no word, and stands where there is no other."""
    assert level.Wider(application, model).over(own) == told


@given(own=OWN, application=ABOVE, model=ABOVE)
def test_nothing_worse_is_passed_over(
    own: status.MeterStatus, application: status.MeterStatus | None, model: status.MeterStatus | None
) -> None:
    """What prevails was said by one of the three, and no word of the three is worse."""
    told = level.Wider(application, model).over(own)
    words = [each for each in (own, application, model) if each not in (None, NOT_SET)]
    assert told in (words or [NOT_SET])
    assert all(status.severity(told.code) >= status.severity(each.code) for each in words if each)
    narrowest = next((each for each in words if each and each.code == told.code), NOT_SET)
    assert told == narrowest


@given(own=SET, application=ABOVE, model=ABOVE)
def test_green_makes_no_unit_worse(
    own: status.MeterStatus, application: status.MeterStatus | None, model: status.MeterStatus | None
) -> None:
    """A GREEN level never changes the code of a unit that has a word of its own."""
    told = level.Wider(application, model).over(own)
    if application is None:
        assert level.Wider(said("GREEN", "b"), model).over(own).code == told.code
    if model is None:
        assert level.Wider(application, said("GREEN", "b")).over(own) == told


@given(own=SET, application=ABOVE, model=ABOVE, more=SET)
def test_a_level_more_never_betters(
    own: status.MeterStatus,
    application: status.MeterStatus | None,
    model: status.MeterStatus | None,
    more: status.MeterStatus,
) -> None:
    """Whatever is set above a unit that has a word, it is told nothing milder than without."""
    without = level.Wider(application, None).over(own)
    assert status.severity(level.Wider(application, more).over(own).code) >= status.severity(without.code)
    without = level.Wider(None, model).over(own)
    assert status.severity(level.Wider(more, model).over(own).code) >= status.severity(without.code)


def test_finds_what_is_above_an_application() -> None:
    """Its own level and the model's, and no other application's."""
    held = {scope: level.Level(scope, said("RED", scope.name), 1, AT) for scope in (SHOP, WHOLE_MODEL)}
    assert level.wider(held, "shop", MODEL) == level.Wider(said("RED", "shop"), said("RED", MODEL))
    assert level.wider(held, "shopping", MODEL) == level.Wider(None, said("RED", MODEL))
    del held[WHOLE_MODEL]
    assert level.wider(held, "shop", MODEL) == level.Wider(said("RED", "shop"), None)
    assert level.wider(held, "shopping", MODEL) is level.NOTHING
