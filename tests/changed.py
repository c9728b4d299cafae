"""Name the unit tests of what was changed since a commit, for ``make check``.

    python -m tests.changed [COMMIT]

A changed module has its tests where ``tests/unit/test_mirror.py`` looks for them; a changed test names
itself. The tests of the whole repository (mirror, documents, citations) always run: they take a second. So do
those that find a planted bug which the code has drifted away from, or which has no row.
"""

import pathlib
import subprocess
import sys

from tests.unit import test_mirror

ROOT = pathlib.Path(__file__).parents[1]

PLANTED = tuple(
    f"tests/planted/test_planted.py::{test}"
    for test in ("test_it_fits_the_code", "test_the_page_lists_them_all")
)


def changed(since: str) -> list[str]:
    """Give the paths that differ from a commit or are not tracked yet, below the root of the repository."""
    listings = (
        ["git", "diff", "--name-only", "--diff-filter=d", since],
        ["git", "ls-files", "--others", "--exclude-standard"],
    )
    done = (subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True) for words in listings)
    return sorted({line for result in done for line in result.stdout.splitlines()})


def tests_of(paths: list[str]) -> list[str]:
    """Give the unit test modules of these paths, each once, those of the whole repository last."""
    found = [test for path in paths for test in _tests_of(path)]
    whole = sorted(f"tests/unit/{name}" for name in test_mirror.ABOUT_THE_WHOLE)
    return list(dict.fromkeys([*found, *whole, *PLANTED]))


def _tests_of(path: str) -> list[str]:
    if path.startswith("tests/unit/") and pathlib.PurePath(path).name.startswith("test_"):
        return [path]
    module = path.removeprefix("src/meterstatus/")
    if not module.endswith(".py") or not path.startswith(("src/meterstatus/", "harness/")):
        return []
    candidates = test_mirror.expected_tests(module)
    return [test.relative_to(ROOT).as_posix() for test in candidates if test.exists()]


if __name__ == "__main__":
    sys.stdout.write("\n".join(tests_of(changed(sys.argv[1] if len(sys.argv) > 1 else "HEAD"))) + "\n")
