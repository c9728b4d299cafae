"""Time spans as text."""

import datetime

import hypothesis
import hypothesis.strategies as st
import pytest

from meterstatus import errors
from meterstatus.domain.text import spans

SECOND = datetime.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("90s", 90),
        ("5m", 300),
        ("1h30m", 5400),
        ("1d", 86400),
        ("1d2h3m4s", 93784),
        ("250ms", 0.25),
        ("2s500ms", 2.5),
        ("1.5h", 5400),
        ("0.1s", 0.1),
        ("1.25h", 4500),
        ("0.000125s", 0.000125),
        ("0.0007ms", 0),
        ("7us", 0.000007),
    ],
)
def test_reads_what_a_person_writes(text: str, seconds: float) -> None:
    """Every unit counts as itself, alone, combined or with a fraction."""
    assert spans.parse(text) == seconds * SECOND


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "s",
        "-5s",
        "+5s",
        "5 s",
        "5s ",
        "5S",
        "30m1h",
        "5s5s",
        "1h30",
        "1,5h",
        ".5s",
        "5.s",
        "\uff15s",
        "5s\n",
    ],
)
def test_refuses_what_is_no_span(text: str) -> None:
    """Anything ambiguous, negative or garbled is refused by name."""
    with pytest.raises(errors.NotValidError, match=r"^invalid time span "):
        spans.parse(text)


def test_refuses_a_span_too_long_to_count() -> None:
    """A number beyond what can be counted is refused, not overflowed."""
    with pytest.raises(errors.NotValidError, match=r'^invalid time span "999999999999d"'):
        spans.parse("999999999999d")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (90, "1m30s"), (5400, "1h30m"), (0.25, "250ms"), (86400.000001, "1d1us")]
)
def test_writes_the_largest_units_first(seconds: float, text: str) -> None:
    """A span is written in as few parts as it has."""
    assert spans.render(datetime.timedelta(seconds=seconds)) == text


def test_refuses_to_write_a_negative_span() -> None:
    """There is no text for a span below zero."""
    with pytest.raises(errors.NotValidError, match=r'^invalid time span "-1 day, 23:59:59"'):
        spans.render(-SECOND)


@hypothesis.given(st.timedeltas(min_value=datetime.timedelta(0)))
def test_reads_back_what_it_writes(span: datetime.timedelta) -> None:
    """Writing and reading a span gives the same span, to the microsecond."""
    assert spans.parse(spans.render(span)) == span


@pytest.mark.parametrize(
    ("seconds", "brief"),
    [(0, "0s"), (-5, "0s"), (0.9, "0s"), (168.7, "2m48s"), (3600, "1h"), (273909, "3d4h"), (86405, "1d5s")],
)
def test_a_span_in_brief_has_two_parts_at_most(seconds: float, brief: str) -> None:
    """Whole seconds in the largest units, for a person."""
    assert spans.in_brief(datetime.timedelta(seconds=seconds)) == brief
