"""YAML of small mappings, as PyYAML reads it."""

import datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from meterstatus.domain.text import lenient_yaml, plain_yaml


@given(st.text(st.characters(exclude_categories=())))
def test_every_text_is_read_back(text: str) -> None:
    """Whatever characters a text has, a YAML reader gives it back; half a surrogate pair is none."""
    characters = "".join("\ufffd" if "\ud800" <= each <= "\udfff" else each for each in text)
    assert yaml.safe_load(plain_yaml.dump({"key": text})) == {"key": characters}


def test_a_text_with_the_last_character_of_ascii_is_read_back() -> None:
    """The one that JSON leaves as it is, and YAML does not take, among those that need no further look."""
    text = plain_yaml.dump({"key": "a\x7fb"})
    assert text == 'key: "a\\u007fb"\n'
    assert yaml.safe_load(text) == {"key": "a\x7fb"}


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


def _plain(read: plain_yaml.Scalar | plain_yaml.Mapped) -> object:
    if isinstance(read, plain_yaml.Scalar):
        return read.kind, read.text
    return {key: _plain(value) for key, value in read.items()}


def _composed(node: yaml.Node | None) -> object:
    assert node is not None
    if isinstance(node, yaml.ScalarNode):
        return node.tag.removeprefix("tag:yaml.org,2002:"), node.value
    return {key.value: _composed(value) for key, value in node.value}


_scalars = st.text() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_keys = st.from_regex("[a-z][a-z-]{0,20}", fullmatch=True)
_documents = st.dictionaries(
    _keys, st.recursive(_scalars, lambda inner: st.dictionaries(_keys, inner, max_size=4)), min_size=1
)


@given(_documents)
def test_what_is_written_is_parsed_as_yaml_is(document: dict[str, object]) -> None:
    """Every document that is written is read here, but for rare characters, and as PyYAML reads it."""
    text = plain_yaml.dump(document)
    read = plain_yaml.parse(text)
    assert read is not None or not text.isascii() or "\\ud" in text or "\x7f" in text
    assert read is None or _plain(read) == _composed(yaml.compose(text))


_texts = st.text(st.sampled_from('ab-: \n"\\{}#01.-tru\x85\u2028/xé\t'), max_size=60)


@given(_texts | st.builds("{}\n{}".format, _documents.map(plain_yaml.dump), _texts))
def test_no_text_is_parsed_as_another_than_yaml(text: str) -> None:
    """Whatever the text, it is read here only where PyYAML reads the same."""
    read = plain_yaml.parse(text)
    assert not read or _plain(read) == _composed(yaml.compose(text))


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n",  # no quotes
        'a: "b"',  # no end
        'a: "b" # c\n',
        "a: 010.5\n",
        "a: 1.5\n",  # not the six places that are written
        "a: 'b'\n",
        'a: "\\ud83d\\ude00"\n',
        'a: "\x85"\n',
        'a: "\\x41"\n',
        'a:\n b: "c"\n',
        'a:\n    b: "c"\n',
        'a:\nb: "c"\n',
        'a: "b"\n  c: "d"\n',
        "a:\n",
        "- a\n",
        "---\n",
    ],
)
def test_what_is_not_written_here_is_left_to_yaml(text: str) -> None:
    """Any other form is not read here, however close."""
    assert plain_yaml.parse(text) is None


def test_all_kinds_are_parsed() -> None:
    """Texts without their quotes, numbers and booleans literally, mappings with and without keys."""
    document = {"a": {"b": 'c"d', "e": {"f": -5}}, "g": 0.5, "h": True, "i": {}, "j": ""}
    read = plain_yaml.parse(plain_yaml.dump(document))
    assert read is not None
    assert _plain(read) == {
        "a": {"b": ("str", 'c"d'), "e": {"f": ("int", "-5")}},
        "g": ("float", "0.500000"),
        "h": ("bool", "true"),
        "i": {},
        "j": ("str", ""),
    }
    assert plain_yaml.parse("") == {}


def test_half_of_a_surrogate_pair_is_replaced() -> None:
    """No reader of YAML takes it, escaped or not; what is written must be readable."""
    text = plain_yaml.dump({"a": "x\ud800y\udfff"})
    assert yaml.safe_load(text) == {"a": "x\N{REPLACEMENT CHARACTER}y\N{REPLACEMENT CHARACTER}"}
    assert plain_yaml.parse(text) == {"a": plain_yaml.Scalar("str", "x\ufffdy\ufffd")}
