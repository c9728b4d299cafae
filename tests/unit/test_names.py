"""Words that this project has given up do not come back as identifiers.

Each was a private word for something that the field has a name for; the glossary has the names. A word that
is still on the wire or in a file stays there, as text, and is not an identifier.
"""

import io
import pathlib
import re
import tokenize

ROOT = pathlib.Path(__file__).parents[2]

RETIRED = {
    "delivered_tail": "reports_tail",
    "hearsay": "claims",
    "neighbourhood": "membership",
    "outlook": "unit_view",
    "store_contact": "store_health",
    "store_trouble": "failure_log",
    "supposition": "dry_run",
}
"""Each word, and what is said instead."""


def _words(identifier: str) -> str:
    """Write an identifier's words in lower case with underscores around and between them."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier)
    return f"_{parted.lower()}_"


def _breaches(path: pathlib.Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    names = {
        token.string
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.NAME
    }
    return [
        f"{path.relative_to(ROOT)}: {name}: say {instead}"
        for name in sorted(names)
        for word, instead in RETIRED.items()
        if f"_{word}_" in _words(name)
    ]


def test_no_retired_word_is_an_identifier() -> None:
    """No name in the code is or has one of the words."""
    files = [
        path for folder in ("src", "harness", "bench", "tests") for path in (ROOT / folder).rglob("*.py")
    ]
    assert [breach for path in files if "node_modules" not in path.parts for breach in _breaches(path)] == []


def test_a_retired_word_is_found() -> None:
    """In any case, and as a part of a longer name."""
    assert "_outlook_" in _words("UnitOutlook") and "_outlook_" in _words("outlook_view")
    assert "_outlook_" not in _words("outlooks")
