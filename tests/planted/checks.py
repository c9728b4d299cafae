"""The checks that a planted bug has to fail, in order of cost, each run against a copy of the source.

Imports nothing of ``meterstatus``: tests run in a fork of this process, which has all else loaded already,
and must find the copy and not the source.
"""

import dataclasses
import importlib
import os
import pathlib
import re
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping

import hypothesis

from tests.planted import bugs

LOADED = (
    "pytest",
    "_pytest.main",
    "hypothesis",
    "pytest_asyncio",
    "pytest_timeout",
    "yaml",
    "msgspec",
    "asyncio",
)
"""What every test needs, and nothing that imports the package."""

OPTIONS = ("-x", "-q", "--tb=short", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist")
LOADED_ALREADY = ("-W", "ignore::pytest.PytestAssertRewriteWarning")

BESIDE_DECISIONS = (
    "effective_policy",
    "fair_queue",
    "hook_environment",
    "merge",
    "names",
    "state_file",
    "time_limit",
)
"""Modules of the domain that decide nothing, and so are nothing to random lives and walks of an agent."""

SHORT_WALK = ("tests/exhaustive/test_decide.py", "-k", "not without")
"""Juju's policy to its end, and the larger scopes a part of the way; not the policies with a stage off."""

SHORT_WALK_TRANSITIONS = "150000"
SEED_LIMIT_SECONDS = 600.0
"""How long a seed may say nothing before it counts as hanging."""

_TESTS_FAILED = 1
_failed = re.compile(r"^(?:FAILED|ERROR) (\S+?(?:::\w+)+)", re.MULTILINE)
_violates = re.compile(rb"^seed (\d+) violates", re.MULTILINE)


class BrokenCheckError(Exception):
    """A check did not say whether it found anything."""


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of a bug."""

    found: bool
    by: str
    """The first test that failed, or how many seeds it took; where it found nothing, how far it looked."""


Run = Callable[[], Finding]


def environment(copy: pathlib.Path) -> dict[str, str]:
    """Return an environment in which the copy is imported, and random tests take the same examples."""
    return {
        "METER_STATUS_TRANSITIONS": SHORT_WALK_TRANSITIONS,
        **os.environ,
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CI": "true",
    }


def verify(copy: pathlib.Path) -> None:
    """Check that the copy is what gets imported.

    Raises:
        BrokenCheckError: it is not.
    """
    words = [sys.executable, "-c", f"import {bugs.PACKAGE}; print({bugs.PACKAGE}.__file__)"]
    said = subprocess.run(
        words, check=True, capture_output=True, text=True, cwd=bugs.ROOT, env=environment(copy)
    ).stdout
    if not said.startswith(str(copy)):
        raise BrokenCheckError(f"{said.strip()} is imported instead of {copy}")


def unit_tests(bug: bugs.Bug) -> list[str]:
    """Return the unit tests of the bug's module, and those that it names beside them."""
    module = bug.module_in(bugs.SOURCE).relative_to(bugs.SOURCE / bugs.PACKAGE)
    unit = pathlib.Path("tests", "unit")
    places = [
        unit / module.parent / f"test_{module.stem}.py",
        unit / module.parent.parent / f"test_{module.parent.name}.py",
    ]
    own = [str(place) for place in places if (bugs.ROOT / place).exists()]
    return list(dict.fromkeys([*own[:1], *bug.tests]))


def suites(bug: bugs.Bug) -> dict[str, list[str]]:
    """Return which tests to run by the name of the check, cheapest first; those that concern the module."""
    module = bug.module_in(bugs.SOURCE).relative_to(bugs.SOURCE / bugs.PACKAGE)
    chosen = {"unit": unit_tests(bug)}
    if module.parts[0] == "domain" and module.stem not in BESIDE_DECISIONS:
        chosen["property"] = ["tests/property/test_decide.py"]
        chosen["exhaustive"] = list(SHORT_WALK)
    if module.stem in ("durable_file", "state", "state_file", "lenient_yaml"):
        chosen["crash points"] = ["tests/exhaustive/test_crash_points.py"]
    return chosen


SUITES = ("unit", "property", "exhaustive", "crash points")
CHECKS = (*SUITES, "simulation")


def run_tests(copy: pathlib.Path, tests: list[str], limit_seconds: int) -> Finding:
    """Run tests against a copy, up to the first that fails.

    Args:
        copy: the source folder.
        tests: what pytest is to run.
        limit_seconds: of processor time; tests that have not failed by then find nothing.

    Raises:
        BrokenCheckError: they could not be run at all.
    """
    for name in LOADED:
        importlib.import_module(name)
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            _run_pytest(copy, tests, limit_seconds, output.fileno())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        output.seek(0)
        said = output.read().decode(errors="replace")
    if status == 0:
        return Finding(found=False, by="")
    if status == -signal.SIGXCPU:
        return Finding(found=False, by=f"{limit_seconds} s")
    failed = _failed.search(said)
    if status != _TESTS_FAILED or failed is None:
        raise BrokenCheckError(f"pytest ended with {status}:\n{said[-3000:]}")
    return Finding(found=True, by=failed[1])


def _run_pytest(copy: pathlib.Path, tests: list[str], limit_seconds: int, output: int) -> None:
    """Become pytest; never returns."""
    status = -1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (limit_seconds, resource.RLIM_INFINITY))
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(bugs.ROOT)
        os.environ.update(environment(copy))
        sys.dont_write_bytecode = True
        sys.path.insert(0, str(copy))
        importlib.invalidate_caches()
        package = importlib.import_module(bugs.PACKAGE)
        assert str(package.__file__).startswith(str(copy)), package.__file__
        _do_not_shrink()
        pytest = importlib.import_module("pytest")
        status = int(pytest.main([*OPTIONS, *LOADED_ALREADY, *tests]))
    except BaseException:  # noqa: BLE001 - whatever it is, the child ends here
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _do_not_shrink() -> None:
    """Let a random test stop at the first example that fails: to make it small takes minutes."""
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("planted", parent=hypothesis.settings.default, phases=phases)
    hypothesis.settings.load_profile("planted")  # the parent of the tests' own


def simulate(copy: pathlib.Path, seeds: int, first: int) -> Finding:
    """Run seeds against a copy, up to the first that violates something, or does not come to its end."""
    words = [sys.executable, "-m", "harness.simulation"]
    options = ["--seeds", str(seeds), "--from", str(first), "--jobs", "1", "--until-failed"]
    with subprocess.Popen(
        [*words, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=bugs.ROOT,
        env=environment(copy),
    ) as running:
        try:
            return _watch(running, seeds, first)
        finally:
            running.kill()


def _watch(running: subprocess.Popen[bytes], seeds: int, first: int) -> Finding:
    assert running.stdout is not None
    said = b""
    began = time.monotonic()
    while True:
        # A seed without a violation prints nothing, so all of them have one limit together.
        left = began + SEED_LIMIT_SECONDS * seeds - time.monotonic()
        ready, _, _ = select.select([running.stdout], [], [], max(0.0, left))
        if not ready:
            return Finding(found=True, by="it hangs")
        piece = os.read(running.stdout.fileno(), 65536)
        said += piece
        violated = _violates.search(said)
        if violated is not None:
            return Finding(found=True, by=_after(int(violated[1]) - first + 1))
        if not piece:
            break
    if running.wait() == 0:
        return Finding(found=False, by=_count(seeds))
    return Finding(found=True, by="it crashes")


def _count(seeds: int) -> str:
    return "1 seed" if seeds == 1 else f"{seeds} seeds"


def _after(seeds: int) -> str:
    return f"after {_count(seeds)}"


def as_json(findings: Mapping[str, Finding]) -> dict[str, dict[str, object]]:
    """Return findings as plain values."""
    return {check: dataclasses.asdict(finding) for check, finding in findings.items()}
