"""Characters that nobody sees are escaped, and what is said stays the same."""

import json
import unicodedata

import pytest
import yaml

from meterstatus.domain.text import hidden

HIDDEN = "\x7f\x85\x9b\xad\u061c\u200b\u200e\u2028\u2029\u202e\u2066\ufeff\U000e0041"


@pytest.mark.parametrize("character", HIDDEN)
def test_what_is_hidden_is_escaped(character: str) -> None:
    """In JSON and in YAML, so that a reader of either gets back what was written."""
    assert hidden.is_in(character)
    for escaped in (hidden.json_escaped(f'"a{character}b"'), hidden.yaml_escaped(f'"a{character}b"')):
        assert escaped.isascii()
    assert json.loads(hidden.json_escaped(f'"a{character}b"')) == f"a{character}b"
    assert yaml.safe_load(hidden.yaml_escaped(f'"a{character}b"')) == f"a{character}b"


@pytest.mark.parametrize("text", ["", "über\t☂ 👩\u200d🚀", "नह\u200cीं", "\u00a0", "日本"])
def test_what_is_seen_or_spells_a_word_stays(text: str) -> None:
    """The joiners among it, and every letter."""
    assert not hidden.is_in(text)
    assert hidden.json_escaped(text) == hidden.yaml_escaped(text) == text


def test_every_one_is_of_a_category_that_is_not_seen() -> None:
    """Controls, marks of format, separators of lines, and what is not assigned between them."""
    found = {unicodedata.category(chr(code)) for code in range(0x110000) if hidden.is_in(chr(code))}
    assert found <= {"Cc", "Cf", "Zl", "Zp", "Cn"}
