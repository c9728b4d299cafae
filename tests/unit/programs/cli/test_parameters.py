"""The kinds of value that commands take."""

import datetime

import click
import pytest

from meterstatus.domain import names
from meterstatus.programs.cli import parameters


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (parameters.UNIT, "shop/0", "shop/0"),
        (parameters.ENTITY, "shop/0", names.Tag(names.Kind.UNIT, "shop/0")),
        (parameters.ENTITY, "shop", names.Tag(names.Kind.APPLICATION, "shop")),
        (parameters.STATUS, "amber", "AMBER"),
        (parameters.STATUS, "RED", "RED"),
        (parameters.SPAN, "1m30s", datetime.timedelta(seconds=90)),
        (parameters.SPAN_OR_OFF, "1m", parameters.GivenSpan(datetime.timedelta(minutes=1))),
        (parameters.SPAN_OR_OFF, "Off", parameters.GivenSpan(None)),
        (parameters.STATUS_SPAN, "10s", datetime.timedelta(seconds=10)),
        (parameters.STATUS_SPAN, "400d", datetime.timedelta(days=400)),
        (parameters.TEXT, "größer", "größer"),
    ],
)
def test_values_are_read(kind: click.ParamType, text: str, value: object) -> None:  # pyright: ignore[reportMissingTypeArgument, reportUnknownParameterType] # older clicks take none
    """Each kind reads what a person writes."""
    assert kind(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (parameters.UNIT, "shop", '"shop" is not a valid unit, which looks like shop/0'),
        (parameters.ENTITY, "Shop", '"Shop" is not a valid unit or application'),
        (parameters.ENTITY, "shop/00", '"shop/00" is not a valid unit or application'),
        (parameters.ENTITY, "", '"" is not a valid unit or application'),
        (parameters.STATUS, "NOT SET", '"NOT SET" is not a status; choose GREEN, AMBER, RED'),
        (parameters.SPAN, "5", '"5" is no time span; write 90s, 5m, 1h30m or 250ms'),
        (parameters.SPAN, "0s", '"0s" is no time at all; write a longer span'),
        (parameters.SPAN_OR_OFF, "5", '"5" is no time span; write 90s, 5m, 1h30m or 250ms, or "off"'),
        (parameters.SPAN_OR_OFF, "0s", '"0s" is no time at all; write a longer span, or "off"'),
        (parameters.STATUS_SPAN, "5", '"5" is no time span; write 90s, 5m, 1h30m or 250ms'),
        (parameters.STATUS_SPAN, "9s", "invalid status for 9s: it may be 10s to 400d"),
        (parameters.STATUS_SPAN, "401d", "invalid status for 401d: it may be 10s to 400d"),
        (parameters.TEXT, "\udcff", "a text on the command line is not UTF-8"),
    ],
)
def test_values_are_refused_with_a_sentence(kind: click.ParamType, text: str, sentence: str) -> None:  # pyright: ignore[reportMissingTypeArgument, reportUnknownParameterType] # as above
    """Each refusal says what is wrong with the value, and nothing of the machinery."""
    with pytest.raises(click.UsageError) as refused:
        kind(text)
    assert refused.value.format_message() == sentence


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01", datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)),
        ("2026-03-01T12:00:00Z", datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)),
        ("2026-03-01T12:00+02:00", datetime.datetime(2026, 3, 1, 10, tzinfo=datetime.UTC)),
    ],
)
def test_a_time_in_the_past_may_be_an_instant(text: str, at: datetime.datetime) -> None:
    """UTC where it does not say otherwise, whatever this machine's zone is."""
    assert parameters.PAST.convert(text, None, None) == at
    assert parameters.PAST.convert(at, None, None) == at


def test_a_time_in_the_past_may_be_a_span() -> None:
    """It counts back from now."""
    before = datetime.datetime.now(datetime.UTC)
    found = parameters.PAST.convert("2h", None, None)
    assert found + datetime.timedelta(hours=2) >= before


@pytest.mark.parametrize("text", ["yesterday", "", "9999999999d", "0001-01-01T00:00+14:00"])
def test_other_times_are_refused(text: str) -> None:
    """With what may be written."""
    with pytest.raises(click.UsageError, match="write 2h for two hours ago"):
        parameters.PAST.convert(text, None, None)
