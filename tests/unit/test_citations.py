"""What a docstring, a comment or a page cites is there: sections, defects, decisions and invariants.

``docs/spec/`` has the behaviour that the code follows, ``docs/explanation/invariants.md`` what always holds.
A citation says ``spec worker, A.7``, ``B-06``, ``spec juju-api, 2.4``, ``decision 0012`` or ``invariant 7``;
several sections of one page may follow each other (``spec worker, A.3, A.5 and B-06``).
"""

import pathlib
import re
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).parents[2]
DOCS = ROOT / "docs"
DECISIONS = DOCS / "explanation" / "decisions"
SPECIFICATIONS = {"worker": DOCS / "spec" / "worker.md", "juju-api": DOCS / "spec" / "juju-api.md"}
CITING = sorted(
    path
    for folder, pattern in (
        ("src", "*.py"),
        ("harness", "*.py"),
        ("tests", "*.py"),
        ("bench", "*.py"),
        ("tests", "*.toml"),
        ("docs", "*.md"),
    )
    for path in (ROOT / folder).rglob(pattern)
    if path.name != "test_citations.py"
    and not path.is_relative_to(DOCS / "spec")
    and "node_modules" not in path.parts
)
"""Files whose citations are checked; this one has made-up ones."""

_section = r"(?:B-\d{2}|[A-F](?:\.\d+)?|\d+(?:\.\d+)?)"
_cited = re.compile(rf"spec (worker|juju-api),? ({_section}(?:(?:, | and |, and | to | with ){_section})*)")
_defect = re.compile(r"\bB-\d{2}\b")
_decision = re.compile(r"[Dd]ecision (\d{4})")
_invariant = re.compile(r"\b[Ii]nvariants? ((?:\d+(?:, | and )?)+)")


def _headings(page: pathlib.Path) -> set[str]:
    """Name the sections of a specification by their numbers, parents included."""
    found = re.findall(
        r"^#+ ([A-F](?:\.\d+)?|\d+(?:\.\d+)?)\.? ", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    return set(found)


def _defects() -> set[str]:
    """Name the defects that part B describes: each opens a paragraph or a row."""
    text = SPECIFICATIONS["worker"].read_text(encoding="utf-8")
    return set(re.findall(r"^(?:\*\*|\| )(B-\d{2})", text, re.MULTILINE))


def _invariants() -> set[str]:
    text = (DOCS / "explanation" / "invariants.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| (\d+) \|", text, re.MULTILINE))


def _citations(text: str) -> Iterator[tuple[str, str]]:
    """Give each citation of a text as its page and the section there.

    A line break within a citation is a space: docstrings are wrapped.
    """
    text = re.sub(r"\n[ #:]*", " ", text)
    for page, sections in _cited.findall(text):
        yield from ((page, section) for section in re.findall(_section, sections))
    yield from (("worker", defect) for defect in _defect.findall(text))
    yield from (("decision", number) for number in _decision.findall(text))
    for numbers in _invariant.findall(text):
        yield from (("invariant", number) for number in re.findall(r"\d+", numbers))


def _known() -> set[tuple[str, str]]:
    """Give everything that may be cited."""
    known = {(page, section) for page, path in SPECIFICATIONS.items() for section in _headings(path)}
    known |= {("worker", defect) for defect in _defects()}
    known |= {("decision", path.name[:4]) for path in DECISIONS.glob("[0-9]*.md")}
    return known | {("invariant", number) for number in _invariants()}


def test_what_is_cited_exists() -> None:
    """Each section, defect, decision and invariant that a file cites is in the documents."""
    known = _known()
    missing = [
        f"{path.relative_to(ROOT)}: {' '.join(citation)}"
        for path in CITING
        for citation in _citations(path.read_text(encoding="utf-8"))
        if citation not in known
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("text", "citations"),
    [
        ("(spec worker, A.7)", [("worker", "A.7")]),
        ("(spec worker, A.3, A.5 and\n    B-99)", [("worker", x) for x in ("A.3", "A.5", "B-99", "B-99")]),
        ("(spec juju-api, 2 to 6)", [("juju-api", "2"), ("juju-api", "6")]),
        ("spec worker C.6.", [("worker", "C.6")]),
        (
            "Decision 0099 and invariants 1, 2 and 13",
            [("decision", "0099")] + [("invariant", x) for x in ("1", "2", "13")],
        ),
    ],
)
def test_citations_are_read(text: str, citations: list[tuple[str, str]]) -> None:
    """A citation is found in each of its forms, over a line break too."""
    assert list(_citations(text)) == citations


def test_the_law_is_read_whole() -> None:
    """The numbers of defects and invariants have no gap, so none was lost from a page."""
    assert _defects() == {f"B-{number:02}" for number in range(1, 37)}
    assert _invariants() == {str(number) for number in range(1, 13)}


def test_decisions_are_numbered_and_listed() -> None:
    """Decisions have numbers without gap or twin, and the index gives title and status of each."""
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \| (.+) \|$", index, re.MULTILINE)
    pages = sorted(DECISIONS.glob("[0-9]*.md"))
    assert [page.name[:4] for page in pages] == [f"{number + 1:04}" for number in range(len(pages))]
    heads = [
        re.match(r"# (\d{4}): (.+)\n\nStatus: (.+)\.\n", page.read_text(encoding="utf-8")) for page in pages
    ]
    said = [(head[1], page.name, head[2], head[3]) for head, page in zip(heads, pages, strict=True) if head]
    assert listed == said


def test_retired_citations_are_gone() -> None:
    """No file cites a page that is not in the repository."""
    retired = re.compile(r"\(architecture, |; architecture, |architecture, section")
    this = pathlib.Path(__file__)
    assert [
        str(path) for path in CITING if path != this and retired.search(path.read_text(encoding="utf-8"))
    ] == []
