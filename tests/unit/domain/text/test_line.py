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
        ("a\nb", "reason with character U+000A not valid"),
        ("\ud800", "reason with character U+D800 not valid"),
        ("\u202eab", "reason with character U+202E not valid"),
        ("x" * 4097, "reason of 4097 characters (limit 4096) not valid"),
    ],
)
def test_what_is_no_line_is_refused(text: str, message: str) -> None:
    """By the subject, and what is wrong with it."""
    with pytest.raises(errors.NotValidError) as caught:
        line.check("reason", text)
    assert str(caught.value) == message
