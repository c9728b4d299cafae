"""The tests mirror the source, so that who changes a module knows where its claims are.

``src/meterstatus/<layer>/<module>.py`` has ``tests/unit/<layer>/test_<module>.py``; what has not is listed
here, by name and with the reason.
"""

import ast
import pathlib

ROOT = pathlib.Path(__file__).parents[2]
SOURCE = ROOT / "src" / "meterstatus"
UNIT = ROOT / "tests" / "unit"

WITHOUT_A_TEST_OF_ITS_OWN = {
    "ports/connection.py": "interfaces and plain values only",
    "ports/hooks.py": "interfaces only",
    "ports/status.py": "interfaces only",
    "ports/time.py": "interfaces only",
    "ports/transport.py": "interfaces and plain values only",
    "ports/worker.py": "interfaces only",
}

ABOUT_THE_WHOLE = {"test_mirror.py", "test_docs.py"}
"""Tests of the repository, not of a module."""


def _modules() -> set[str]:
    return {
        path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if not _is_only_a_docstring(path)
    }


def _is_only_a_docstring(path: pathlib.Path) -> bool:
    return len(ast.parse(path.read_text(encoding="utf-8")).body) <= 1


def _test_of(module: str) -> pathlib.Path:
    path = pathlib.PurePosixPath(module)
    stem = path.parent.name or "meterstatus"
    return UNIT / path.parent / f"test_{stem if path.name == '__init__.py' else path.stem}.py"


def test_every_module_has_its_test() -> None:
    """No module is without a test module of its own, but for those listed with a reason."""
    missing = {module for module in _modules() if not _test_of(module).exists()}
    assert sorted(missing - WITHOUT_A_TEST_OF_ITS_OWN.keys()) == []


def test_every_test_has_its_module() -> None:
    """No test module is left behind by a module that moved or went."""
    expected = {_test_of(module) for module in _modules()}
    present = {path for path in UNIT.rglob("test_*.py") if path.name not in ABOUT_THE_WHOLE}
    assert sorted(path.relative_to(UNIT).as_posix() for path in present - expected) == []


def test_every_exception_is_still_one() -> None:
    """The list of exceptions names modules that exist and have no test module."""
    stale = {
        module
        for module in WITHOUT_A_TEST_OF_ITS_OWN
        if module not in _modules() or _test_of(module).exists()
    }
    assert sorted(stale) == []
