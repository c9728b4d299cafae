"""``python -m tests.planted``: plants each bug in a copy of the source, and says which checks find it.

    python -m tests.planted [--checks unit,property] [--seeds 3] [--from 0] [--bugs name,name] [--limit 120]
    python -m tests.planted --unrecorded [--checks unit,property]
    python -m tests.planted --quick

The first records what it finds and writes the table of ``docs/explanation/tests-of-the-tests.md``; checks
that it was not asked for keep what they had found. The second does so for those bugs that no test is recorded
to find, and writes the table even where there are none: for whoever adds bugs, or merges two such changes.
The third asks only the recorded quickest test of each bug, records nothing, and ends with status 1 where one
is not found any more. Bugs that the code drifted away from are all named before anything is run.
"""

import argparse
import pathlib
import sys
import tempfile
import time

from tests.planted import bugs, checks, record


def main() -> int:
    """Run what is asked for; exit status 1 where a bug is found by nothing."""
    parser = argparse.ArgumentParser(prog="python -m tests.planted")
    parser.add_argument("--checks", default=",".join(checks.CHECKS), help="which, between commas")
    parser.add_argument("--bugs", default="", help="which, between commas; all by default")
    parser.add_argument("--seeds", type=int, default=3, help="how many of the simulation")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first one")
    parser.add_argument("--limit", type=int, default=120, help="seconds of processor time for each suite")
    parser.add_argument("--quick", action="store_true", help="ask the recorded quickest test only")
    parser.add_argument(
        "--unrecorded", action="store_true", help="only bugs that no test is recorded to find"
    )
    options = parser.parse_args()
    planted = bugs.load()
    by_name = {bug.name: bug for bug in planted}
    wanted = options.bugs.split(",") if options.bugs else list(by_name)
    unknown = [name for name in wanted if name not in by_name]
    if unknown:
        parser.error(f"no such bug: {', '.join(unknown)}")
    chosen = [by_name[name] for name in wanted]
    if options.unrecorded:
        findings = record.read()
        chosen = [bug for bug in chosen if record.quickest(findings.get(bug.name, {})) is None]
    drifted = bugs.drifted(chosen if options.quick else planted)  # the table needs the modules of all
    if drifted:
        _say("\n".join(drifted))
        return 1
    if options.quick:
        return _run_quickest(chosen, options.limit)
    asked = options.checks.split(",")
    if not set(asked) <= set(checks.CHECKS):
        parser.error(f"the checks are {', '.join(checks.CHECKS)}")
    return _record(planted, chosen, asked, options)


def _record(
    planted: list[bugs.Bug], chosen: list[bugs.Bug], asked: list[str], options: argparse.Namespace
) -> int:
    """Look for the chosen bugs, and keep what is found of each at once: a run may be cut short."""
    record.write(planted, record.read())
    broken = 0
    for bug in chosen:
        try:
            found = _look_for(bug, asked, options)
        except checks.BrokenCheckError as error:
            _say(f"{bug.name}: {error}")
            broken += 1
            continue
        findings = record.read()  # anew: another run may look with other checks meanwhile
        findings.setdefault(bug.name, {}).update(found)
        record.write(planted, findings)
    findings = record.read()
    _say(record.summary(planted, findings))
    found_all = all(any(each.found for each in findings[bug.name].values()) for bug in chosen)
    return 0 if found_all and not broken else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _look_for(bug: bugs.Bug, asked: list[str], options: argparse.Namespace) -> dict[str, checks.Finding]:
    found: dict[str, checks.Finding] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = bug.plant(pathlib.Path(folder))
        checks.verify(copy)
        for check, tests in checks.suites(bug).items():
            if check in asked:
                found[check] = _timed(
                    bug, check, lambda tests=tests: checks.run_tests(copy, tests, options.limit)
                )
        if "simulation" in asked and not bug.beyond_simulation:
            found["simulation"] = _timed(
                bug, "simulation", lambda: checks.simulate(copy, options.seeds, options.first)
            )
    return found


def _timed(bug: bugs.Bug, check: str, run: checks.Run) -> checks.Finding:
    began = time.monotonic()
    finding = run()
    spent = time.monotonic() - began
    _say(f"{bug.name}: {check} {'found it' if finding.found else 'MISSED it'}, {finding.by}, {spent:.1f} s")
    return finding


def _run_quickest(chosen: list[bugs.Bug], limit: int) -> int:
    findings = record.read()
    missed: list[str] = []
    for bug in chosen:
        test = record.quickest(findings.get(bug.name, {}))
        if test is None:
            _say(f"{bug.name}: no test is recorded to find it")
            missed.append(bug.name)
            continue
        try:
            with tempfile.TemporaryDirectory() as folder:
                found = checks.run_tests(bug.plant(pathlib.Path(folder)), [test], limit).found
        except checks.BrokenCheckError as error:
            _say(str(error))
            found = False
        if not found:
            _say(f"{bug.name}: {test} does not find it any more")
            missed.append(bug.name)
    _say(f"{len(chosen) - len(missed)} of {len(chosen)} planted bugs are found")
    if missed:
        _say(f"make planted BUGS={','.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
