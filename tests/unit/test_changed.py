"""tests.changed: which tests `make check` runs."""

import pytest

from tests import changed
from tests.unit import test_mirror

WHOLE = [f"tests/unit/{name}" for name in sorted(test_mirror.ABOUT_THE_WHOLE)]


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("src/meterstatus/errors.py", ["tests/unit/test_errors.py"]),
        ("tests/unit/test_errors.py", ["tests/unit/test_errors.py"]),
        ("README.md", []),
        ("tests/conftest.py", []),
    ],
)
def test_names_the_tests_of_a_path(path: str, tests: list[str]) -> None:
    """A module and its test name the test; those of the whole repository and the bugs always run, once."""
    assert changed.tests_of([path, path]) == [*tests, *WHOLE, *changed.PLANTED]
