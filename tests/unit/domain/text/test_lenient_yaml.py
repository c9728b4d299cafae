"""Lenient reading of YAML, beyond what ``State`` uses of it."""

import datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from meterstatus import errors
from meterstatus.domain.text import hidden, lenient_yaml


@given(st.text())
def test_any_text_is_a_document_or_a_corrupt_one(text: str) -> None:
    """No text makes the reader fail in another way."""
    try:
        fields = lenient_yaml.load(text, "it")
        fields.text("a")
    except errors.StateCorruptError as error:
        assert str(error)  # noqa: PT017 - only where it raises at all


@pytest.mark.parametrize("number", ["0x1f", "0b11", "1_000", "0o10", "010", "1e3", "08"])
def test_reads_every_form_of_number(number: str) -> None:
    """A number is read by YAML's rules, not by Python's."""
    assert lenient_yaml.load(f"n: {number}", "it").integer("n") > 0


def test_a_document_too_deep_is_corrupt() -> None:
    """Nesting without end is a fault of the file, not of the reader."""
    with pytest.raises(errors.StateCorruptError):
        lenient_yaml.load("[" * 100_000, "it").text("a")


def test_keys_keep_their_order() -> None:
    """A mapping is written in the order it was made."""
    assert lenient_yaml.dump({"b": 1, "a": {"d": "x", "c": []}}) == "b: 1\na:\n  d: x\n  c: []\n"


def test_text_is_written_as_itself() -> None:
    """Not as escapes: a person reads the file."""
    assert lenient_yaml.dump({"a": "ü"}) == "a: ü\n"


def test_what_nobody_sees_is_escaped_where_it_is_asked_for() -> None:
    """In keys, in values and over lines, and a reader gets back what was written; all else is as ever."""
    document = {"a": "ü: 1", "b\u200b": "x\u202ey", "c": "two\nlines\x9b", "d": "yes"}
    written = lenient_yaml.dump_escaped(document)
    assert not hidden.is_in(written)
    assert yaml.safe_load(written) == document
    assert written.startswith('a: \'ü: 1\'\n"b\\U0000200B": "x\\U0000202Ey"\n')
    seen = {"a": "ü", "b": ["x", "1"]}
    assert lenient_yaml.dump_escaped(seen) == lenient_yaml.dump(seen)


def test_instants_are_utc() -> None:
    """Whatever zone they are written in."""
    read = lenient_yaml.load("at: 2031-05-06T10:08:09+03:00", "it").instant("at")
    assert read is not None
    assert read == datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
    assert read.tzinfo is datetime.UTC


def test_reads_lists_and_whole_mappings_of_text() -> None:
    """A list gives its literal texts, null items empty; a mapping gives every key."""
    fields = lenient_yaml.load("a: [x, 1.50, ~]\nb: ~\nc: {d: yes}", "it")

    assert (("x", "1.50", ""), (), ()) == (fields.texts("a"), fields.texts("b"), fields.texts("none"))
    assert {"d": "yes"} == fields.part("c", lenient_yaml.Fields.all_texts)


@pytest.mark.parametrize(("text", "fault"), [("a: x", "a is not a list"), ("a: [[x]]", "an item of a")])
def test_says_which_list_is_none(text: str, fault: str) -> None:
    """A scalar for a list, or a list in one, is refused by its key."""
    with pytest.raises(errors.StateCorruptError, match=fault):
        lenient_yaml.load(text, "it").texts("a")


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, "1.0e+19"])
def test_a_number_beyond_64_bits_is_too_large(number: object) -> None:
    """What Juju's own type cannot hold is no number of its files; the bounds themselves are."""
    with pytest.raises(errors.StateCorruptError, match="n is too large"):
        lenient_yaml.load(f"n: {number}", "it").integer("n")
    for bound in (2**63 - 1, -(2**63)):
        assert lenient_yaml.load(f"n: {bound}", "it").integer("n") == bound
