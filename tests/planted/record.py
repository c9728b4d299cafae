"""What the last run of each check found, kept beside the bugs and shown in a page of the documents."""

import json
import pathlib
import re
from collections.abc import Mapping, Sequence

from tests.planted import bugs, checks

RECORD = pathlib.Path(__file__).parent / "found.json"
PAGE = bugs.ROOT / "docs" / "explanation" / "tests-of-the-tests.md"
_BEGIN, _END = "<!-- planted bugs: written by make planted -->", "<!-- planted bugs: end -->"

Findings = dict[str, dict[str, checks.Finding]]
"""By bug, then by check; a check that does not concern the bug's module, or was never run, is absent."""


def read() -> Findings:
    """Read what is recorded."""
    if not RECORD.exists():
        return {}
    document = json.loads(RECORD.read_text(encoding="utf-8"))
    return {
        bug: {check: checks.Finding(**finding) for check, finding in found.items()}
        for bug, found in document.items()
    }


def write(planted: Sequence[bugs.Bug], findings: Findings) -> None:
    """Keep findings of the bugs that there are, and write the page's table."""
    kept = {bug.name: checks.as_json(findings.get(bug.name, {})) for bug in planted}
    RECORD.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    within = re.compile(f"(?<={re.escape(_BEGIN)}\n).*(?={re.escape(_END)})", re.DOTALL)
    if within.search(text) is None:
        raise LookupError(f"{PAGE} has no place for the table between {_BEGIN} and {_END}")
    table = f"\n{summary(planted, findings)}\n\n" + "\n".join(rows(planted, findings)) + "\n\n"
    PAGE.write_text(within.sub(lambda _: table, text), encoding="utf-8")


def rows(planted: Sequence[bugs.Bug], findings: Findings) -> list[str]:
    """Return the lines of the table."""
    heads = ["bug", "brings back", "what one would see", *checks.CHECKS]
    lines = [_row(heads), _row(["--"] * len(heads)).replace(" ", "")]
    for bug in planted:
        found = findings.get(bug.name, {})
        cells = [_cell(bug, check, found) for check in checks.CHECKS]
        lines.append(_row([f"`{bug.name}`", bug.defect, bug.seen, *cells]))
    return lines


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(bug: bugs.Bug, check: str, found: Mapping[str, checks.Finding]) -> str:
    finding = found.get(check)
    if check == "simulation":
        if bug.beyond_simulation:
            return f"cannot: {bug.beyond_simulation}"
        if finding is None:
            return "not run"
        return finding.by if finding.found else f"not in {finding.by}"
    if finding is None:
        return "not run" if check in checks.suites(bug) else ""
    if finding.found:
        return "yes"
    return f"not in {finding.by}" if finding.by else "no"


def summary(planted: Sequence[bugs.Bug], findings: Findings) -> str:
    """Say in a few lines how many bugs are found, and by what."""
    others = [bug.name for bug in planted if not bug.at_run_time]
    lines = [f"{len(planted)} bugs; all show at run time, but for {_names(others)}."]
    unfound = [bug.name for bug in planted if not any(_all(findings, bug, checks.CHECKS))]
    lines.append(f"Found by no check: {_names(unfound)}.")
    for check in checks.CHECKS:
        asked = [bug for bug in planted if check in findings.get(bug.name, {})]
        found = sum(findings[bug.name][check].found for bug in asked)
        lines.append(f"Found by {check}: {found} of {len(asked)}.")
    answers = {
        bug.name: _all(findings, bug, ("exhaustive", "simulation"))
        for bug in planted
        if bug.at_run_time and not bug.beyond_simulation
    }
    missed = [name for name, found in answers.items() if found and not any(found)]
    lines.append(f"Shown at run time, and found neither by exhaustive nor by simulation: {_names(missed)}.")
    lines.append(
        f"Neither was run yet for: {_names([name for name, found in answers.items() if not found])}."
    )
    return "\n".join(f"- {line}" for line in lines)


def _all(findings: Findings, bug: bugs.Bug, among: Sequence[str]) -> list[bool]:
    found = findings.get(bug.name, {})
    return [found[check].found for check in among if check in found]


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def quickest(findings: Mapping[str, checks.Finding]) -> str | None:
    """Return the test of the cheapest check that found a bug; None where no test did."""
    found = (findings[check].by for check in checks.SUITES if check in findings and findings[check].found)
    return next(found, None)
