"""YAML of small mappings, as PyYAML reads it."""

import datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from meterstatus.domain import lenient_yaml, plain_yaml


@given(st.text(st.characters(exclude_categories=())))
def test_every_text_is_read_back(text: str) -> None:
    """Whatever characters a text has, a YAML reader gives it back as it was."""
    assert yaml.safe_load(plain_yaml.dump({"key": text})) == {"key": text}


@pytest.mark.parametrize("number", [True, False, 0, -5, 2**63, 0.0, 0.000001, 12345.678901, 1e15])
def test_every_number_is_read_back(number: float) -> None:
    """A number or boolean is read as what it is, also one that Python writes with an exponent."""
    assert yaml.safe_load(plain_yaml.dump({"key": number})) == {"key": number}


def test_mappings_nest_and_keep_their_order() -> None:
    """Keys come in their order, and those of a mapping inside are indented; one without keys is there too."""
    document: dict[str, object] = {"b": "x", "a": {"d": 1, "c": {}}, "e": {"f": {"g": "h"}}}
    text = plain_yaml.dump(document)
    assert yaml.safe_load(text) == document
    assert text.splitlines()[:3] == ['b: "x"', "a:", "  d: 1"]


def test_a_span_of_seconds_is_exact() -> None:
    """What was written as seconds with a fraction is the same span when it is read leniently."""
    span = datetime.timedelta(days=20000, microseconds=1)
    text = plain_yaml.dump({"span": span.total_seconds()})
    assert lenient_yaml.load(text, "it").seconds("span") == span
