"""The tests mirror the source, so that who changes a module knows where its claims are.

``src/meterstatus/<layer>/<module>.py`` has ``tests/unit/<layer>/test_<module>.py``, and ``harness/`` has
``tests/unit/harness/``. A package inside a layer
is tested module by module in a directory of its own, or as a whole in ``test_<package>.py``. What has no
test there is listed here, by name and with the reason.
"""

import ast
import pathlib

ROOT = pathlib.Path(__file__).parents[2]
SOURCE = ROOT / "src" / "meterstatus"
HARNESS_ROOT = ROOT / "harness"
UNIT = ROOT / "tests" / "unit"

INTERFACES = "interfaces and plain values only"
COMPOSITION = "chooses and joins; tests/e2e runs it as a process"
REPOSITORY = "tests/contract/test_repository.py holds it to what the real one does"
HARNESS = "serves tests, each of which would fail with it"

WITHOUT_A_TEST_OF_ITS_OWN = {
    "controller/refusals.py": "texts, which the tests of those who answer with them compare",
    "controller/settings.py": "figures only",
    "engine/interface.py": INTERFACES,
    "ports/agent.py": INTERFACES,
    "ports/connection.py": INTERFACES,
    "ports/hooks.py": INTERFACES,
    "ports/repository.py": INTERFACES,
    "ports/status.py": INTERFACES,
    "ports/time.py": INTERFACES,
    "ports/transport.py": INTERFACES,
    "ports/worker.py": INTERFACES,
    "programs/agent/agent.py": COMPOSITION,
    "programs/controller/serve.py": COMPOSITION,
    "harness/controller_bench.py": HARNESS,
    "harness/disk.py": "tests/exhaustive/test_crash_points.py fails where it does not lose what it must",
    "testing/fakes.py": HARNESS,
    "harness/herd/__main__.py": HARNESS,
    "harness/herd/fleet.py": HARNESS,
    "harness/herd/frames.py": HARNESS,
    "harness/herd/lean.py": HARNESS,
    "harness/herd/process.py": HARNESS,
    "harness/juju_controller.py": HARNESS,
    "harness/leaping_clock.py": HARNESS,
    "testing/manual_clock.py": HARNESS,
    "harness/postgres.py": HARNESS,
    "harness/postgres_proxy.py": HARNESS,
    "harness/real_fleet.py": HARNESS,
    "harness/real_pair.py": HARNESS,
    "harness/reference_engine.py": HARNESS,
    "harness/repository.py": REPOSITORY,
    "harness/rpc.py": HARNESS,
    "harness/trigger_tables.py": HARNESS,
}

ABOUT_THE_WHOLE = {
    "test_changed.py",
    "test_citations.py",
    "test_docs.py",
    "test_mirror.py",
    "test_names.py",
    "test_rpc_boundary.py",
    "test_patterns.py",
}
"""Tests of the repository, not of a module."""


def _modules() -> set[str]:
    product = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py")}
    return product | {path.relative_to(ROOT).as_posix() for path in HARNESS_ROOT.rglob("*.py")}


def _path(module: str) -> pathlib.Path:
    """Give the file of a module: the harness stands beside the source."""
    return (ROOT if module.startswith("harness/") else SOURCE) / module


def _only_names(path: pathlib.Path) -> bool:
    """Tell whether a package's own file holds no more than a docstring and names from its modules."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    harmless = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign)
    return path.name == "__init__.py" and all(isinstance(statement, harmless) for statement in body)


def expected_tests(module: str) -> list[pathlib.Path]:
    """Name where a module's tests may be: its own test module first."""
    path = pathlib.PurePosixPath(module)
    package = path.parent
    own = UNIT / package / f"test_{(package.name or 'init') if path.name == '__init__.py' else path.stem}.py"
    if len(package.parts) < 2:
        return [own]
    return [own, UNIT / package.parent / f"test_{package.name}.py"]


def _is_tested(module: str) -> bool:
    return any(path.exists() for path in expected_tests(module))


def test_every_module_has_its_test() -> None:
    """No module is without a test module of its own, but for those listed with a reason."""
    missing = {module for module in _modules() if not (_is_tested(module) or _only_names(_path(module)))}
    assert sorted(missing - WITHOUT_A_TEST_OF_ITS_OWN.keys()) == []


def test_every_test_has_its_module() -> None:
    """No test module is left behind by a module that moved or went."""
    expected = {path for module in _modules() for path in expected_tests(module)}
    present = {path for path in UNIT.rglob("test_*.py") if path.name not in ABOUT_THE_WHOLE}
    assert sorted(path.relative_to(UNIT).as_posix() for path in present - expected) == []


def test_every_exception_is_still_one() -> None:
    """The list of exceptions names modules that exist and have no test module."""
    modules = _modules()
    stale = [module for module in WITHOUT_A_TEST_OF_ITS_OWN if module not in modules or _is_tested(module)]
    assert stale == []
