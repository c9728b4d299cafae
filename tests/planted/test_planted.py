"""Every planted bug still fits the code, is still found, and stands on the page."""

import dataclasses
import pathlib
import subprocess
import sys

import pytest

from tests.planted import bugs, checks, record

PLANTED = bugs.load()


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_it_fits_the_code(bug: bugs.Bug) -> None:
    """What it replaces stands exactly once, what comes of it is Python, and it says what one would see."""
    assert bug.changed() != bug.module_in(bugs.SOURCE).read_text(encoding="utf-8")
    assert bug.seen.endswith(".")
    assert all((bugs.ROOT / path).is_file() for path in bug.tests)


def test_it_is_in_the_copy_and_not_in_the_source(tmp_path: pathlib.Path) -> None:
    """All else of the copy is the source."""
    bug = PLANTED[0]
    module = bug.module_in(bugs.SOURCE)
    before = module.read_text(encoding="utf-8")
    copy = bug.plant(tmp_path)
    assert module.read_text(encoding="utf-8") == before
    for path in bugs.SOURCE.rglob("*.py"):
        expected = bug.changed() if path == module else path.read_text(encoding="utf-8")
        assert (copy / path.relative_to(bugs.SOURCE)).read_text(encoding="utf-8") == expected


def test_a_bug_that_drifted_away_fails_loudly(tmp_path: pathlib.Path) -> None:
    """A text that stands nowhere, or twice, is an error and not a bug that nobody finds."""
    for old in ("no such text", "import dataclasses"):
        drifted = bugs.Bug(name="drifted", defect="own", where="domain", seen="Nothing.", old=old, new="")
        with pytest.raises(bugs.DriftError, match="drifted"):
            drifted.plant(tmp_path / old.replace(" ", "-"))


def test_all_that_drifted_away_are_named_at_once() -> None:
    """And those of which no Python comes; a bug that fits is not among them."""
    drifted = [
        bugs.Bug(name=name, defect="own", where="domain", seen="Nothing.", old="no such text", new="")
        for name in ("one", "another")
    ]
    broken = dataclasses.replace(PLANTED[0], name="broken", new="(")
    faults = bugs.drifted([drifted[0], PLANTED[0], broken, drifted[1]])
    assert [fault.split(":")[0] for fault in faults] == ["one", "broken", "another"]


def test_the_simulation_finds_nothing_where_nothing_is_planted() -> None:
    """Its command runs, so that a bug counts as found only by what a seed says of it."""
    assert checks.simulate(bugs.SOURCE, seeds=1, first=8) == checks.Finding(found=False, by="1 seed")


@pytest.mark.timeout(600)
def test_they_are_found() -> None:
    """The test that is recorded as the quickest to find a bug finds it, of every sixth of them.

    ``python -m tests.planted --quick`` asks for all of them.
    """
    some = ",".join(bug.name for bug in PLANTED[::6])
    words = [sys.executable, "-m", "tests.planted", "--quick", "--bugs", some]
    ended = subprocess.run(words, check=False, capture_output=True, text=True, cwd=bugs.ROOT)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_page_lists_them_all() -> None:
    """The table of the page is the one that the record makes."""
    page = record.PAGE.read_text(encoding="utf-8")
    for row in record.rows(PLANTED, record.read()):
        assert row in page, "make planted"
