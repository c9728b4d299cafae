"""Text that a person or a hook will read as one line."""

import re

from meterstatus import errors
from meterstatus.domain.text import hidden

MAX_CHARACTERS = 4096
"""A line of information reaches a hook as an environment variable and a page as a table cell; Juju has no
limit, and a megabyte of text would then fail at the far end, on the unit, at exec."""

# Control characters but tab, lone surrogates, and what is not seen: a NUL cannot be in an environment
# variable, a newline is not in a line, and the rest hides text from who reads it, or turns it about.
_FORBIDDEN = re.compile(f"[\x00-\x08\x0a-\x1f\ud800-\udfff{hidden.UNSEEN}]")


def check(subject: str, text: str) -> None:
    """Check that text is a line.

    Raises:
        NotValidError: it is over 4096 characters, or holds a control character other than a tab or one that
            is not seen (``hidden``).
    """
    if len(text) > MAX_CHARACTERS:
        raise errors.NotValidError(subject, f"it has {len(text)} characters (limit {MAX_CHARACTERS})")
    found = _FORBIDDEN.search(text)
    if found is not None:
        raise errors.NotValidError(subject, f"it has the character U+{ord(found.group()):04X}")
