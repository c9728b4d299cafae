"""Characters that hide text from the person who reads it, or move it: none of them is seen.

Pure. Controls, C1 among them (U+009B begins a terminal's command as ESC [ does); separators of lines and
paragraphs; marks of direction, by which a line reads otherwise than it is; what has no width. Not the
joiners U+200C and U+200D, without which Persian and many an emoji are spelt wrongly. From Unicode's
categories Cc, Cf, Zl and Zp; https://www.unicode.org/reports/tr36/ says what harm they do.
"""

import re

UNSEEN = (
    "\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
"""All but the controls of ASCII, as the inside of a regular expression's class."""

_UNSEEN_RE = re.compile(f"[{UNSEEN}]")


def is_in(text: str) -> bool:
    """Tell whether a text has a character that is to be escaped where it goes out."""
    return _UNSEEN_RE.search(text) is not None


def json_escaped(text: str) -> str:
    """Escape them in a JSON document, where they stand in strings alone; it says the same."""
    return _UNSEEN_RE.sub(lambda found: _utf16_escapes(found.group()), text)


def yaml_escaped(text: str) -> str:
    """Escape them in a YAML document that has them in double-quoted scalars alone; it says the same."""
    return _UNSEEN_RE.sub(lambda found: f"\\U{ord(found.group()):08X}", text)


def _utf16_escapes(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
