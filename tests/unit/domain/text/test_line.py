"""What a person or a hook reads as one line."""

import pytest

from meterstatus import errors
from meterstatus.domain.text import line


@pytest.mark.parametrize("text", ["", "über\tbudget ☂", "x" * line.MAX_CHARACTERS, "\u00a0"])
def test_a_line_passes(text: str) -> None:
    """A tab is in it, and every letter."""
    line.check("reason", text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\nb", "invalid reason: it has the character U+000A"),
        ("\ud800", "invalid reason: it has the character U+D800"),
        ("\u202eab", "invalid reason: it has the character U+202E"),
        ("x" * 4097, "invalid reason: it has 4097 characters (limit 4096)"),
    ],
)
def test_what_is_no_line_is_refused(text: str, message: str) -> None:
    """By the subject, and what is wrong with it."""
    with pytest.raises(errors.NotValidError) as caught:
        line.check("reason", text)
    assert str(caught.value) == message
