"""Scenarios as text: what is done in a small world, and the whole trace of what follows.

    python -m harness.simulation.scenario [--rewrite] [FILE...]
    python -m harness.simulation.scenario --shrink SEED

The first plays scenarios (all of ``scenarios/``) and compares what follows with what stands below the line of
dashes; ``--rewrite`` writes it there, to be reviewed as a diff and kept only if understood. The second finds
the fewest faults and changes of a seed that violate the same as it does, and prints them as a scenario.
"""

import argparse
import dataclasses
import datetime
import pathlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence

from harness.simulation import faults, plans, run
from meterstatus.domain import policy, status

FOLDER = pathlib.Path(__file__).parent / "scenarios"
LINE = "----\n"

_drawn_by_operators = ("statuses", "policies", "widely", "for-a-time", "announcements")
_fault = re.compile(
    r"(?P<at>[\d:.]+) (?P<kind>[^,:]+): (?P<target>\S+), (?P<seconds>[\d.]+) s(?:, draw (?P<draw>\S+))?"
)
_set = re.compile(r"(?P<at>[\d:.]+) set (?P<unit>\S+) (?P<code>\S+)")
_attempt = re.compile(r", attempt (\d+) of \S+")
_stamp = re.compile(r"^(\d+:\d\d:\d\d)\.\d+")


class ScenarioError(Exception):
    """A line of a scenario says nothing that can be done."""


def parse(text: str) -> plans.Plan:
    """Read what is done, above the line of dashes.

    Raises:
        ScenarioError: a line cannot be read.
    """
    planned = plans.Plan(end=600.0)
    for line in text.partition(LINE)[0].splitlines():
        if line.strip() and not line.startswith("#"):
            planned = _with(planned, line)
    return planned


def _with(planned: plans.Plan, line: str) -> plans.Plan:
    word, _, rest = line.partition(" ")
    struck, asked = _fault.fullmatch(line), _set.fullmatch(line)
    if struck is not None and struck["kind"] in set(faults.Kind):
        kind, draw = faults.Kind(struck["kind"]), float(struck["draw"] or 0.5)
        fault = faults.Fault(kind, _seconds(struck["at"]), float(struck["seconds"]), struck["target"], draw)
        return dataclasses.replace(planned, strikes=(*planned.strikes, fault))
    if asked is not None:
        wanted = status.MeterStatus(asked["code"], f"{asked['unit']} said so")
        one = plans.Set(_seconds(asked["at"]), asked["unit"], wanted)
        return dataclasses.replace(planned, sets=(*planned.sets, one))
    if word in _drawn_by_operators:
        return dataclasses.replace(planned, **{word.replace("-", "_"): tuple(map(float, rest.split()))})
    match word:
        case "seed":
            return dataclasses.replace(planned, seed=int(rest))
        case "controllers":
            return dataclasses.replace(planned, controllers=int(rest))
        case "joins":
            return dataclasses.replace(planned, joins_at=_seconds(rest))
        case "policy":
            return dataclasses.replace(planned, rules=policy.amber_red(*map(_span, rest.split())))
        case "end":
            return dataclasses.replace(planned, end=_seconds(rest))
        case _:
            raise ScenarioError(line)


def _seconds(text: str) -> float:
    """Read ``90``, ``1:30`` or ``0:01:30``."""
    total = 0.0
    for part in text.split(":"):
        total = 60 * total + float(part)
    return total


def _span(text: str) -> datetime.timedelta | None:
    return None if text == "-" else datetime.timedelta(seconds=float(text))


def render(planned: plans.Plan) -> str:
    """Write down what is done; ``parse`` reads it."""
    lines = [f"seed {planned.seed}", f"controllers {planned.controllers}", f"end {planned.end:g}"]
    lines += [] if planned.joins_at is None else [f"joins {planned.joins_at}"]
    if planned.rules is not None:
        graces = (planned.rules.grace(code) for code in policy.CODES)
        spans = (*graces, planned.rules.warning)
        words = ("-" if span is None else f"{span.total_seconds():g}" for span in spans)
        lines.append(f"policy {' '.join(words)}")
    for word in _drawn_by_operators:
        times = getattr(planned, word.replace("-", "_"))
        lines += [f"{word} {' '.join(map(str, times))}"] if times else []
    lines += [f"{one.at} set {one.unit} {one.status.code}" for one in planned.sets]
    lines += [
        f"{fault.at} {fault.kind}: {fault.target}, {fault.seconds} s, draw {fault.draw}"
        for fault in planned.strikes
    ]
    return "\n".join(lines) + "\n"


def trace(report: run.Report) -> str:
    """Return what follows: every line without what only the moment makes, and what was let pass."""
    return "".join(f"{line}\n" for line in (*map(_lasting, report.lines), *_let_pass(report)))


def _lasting(line: str) -> str:
    return _attempt.sub(r", attempt \1", _stamp.sub(r"\1", line))


def _let_pass(report: run.Report) -> Iterator[str]:
    for check, row in report.census.rows():
        for cause, number in row.excused.items():
            yield f"let pass: {check}, {number} times, {cause}"


def played(text: str) -> str:
    """Return a scenario with what follows from it."""
    done = text.partition(LINE)[0]
    return f"{done}{LINE}{trace(run.play(parse(text)))}"


def shrink(planned: plans.Plan, is_so: Callable[[plans.Plan], bool]) -> plans.Plan:
    """Leave out whatever is not needed for something to be so, piece by piece, smaller and smaller ones."""
    for name in ("strikes", *(word.replace("-", "_") for word in _drawn_by_operators)):
        kept = list(getattr(planned, name))
        size = len(kept)
        while size:
            for first in range(len(kept) - size, -1, -size):
                fewer = kept[:first] + kept[first + size :]
                if len(fewer) < len(kept) and is_so(_replaced(planned, name, fewer)):
                    kept = fewer
            size //= 2
        planned = _replaced(planned, name, kept)
    return planned


def _replaced(planned: plans.Plan, name: str, kept: Sequence[object]) -> plans.Plan:
    return dataclasses.replace(planned, **{name: tuple(kept)})


def _checks(report: run.Report) -> set[str]:
    return {violation.partition(":")[0] for violation in report.violations}


def _shrunk(seed: int) -> str:
    planned = plans.of(seed)
    wanted = _checks(run.play(planned))
    if not wanted:
        return f"seed {seed} violates nothing\n"
    return render(shrink(planned, lambda fewer: bool(_checks(run.play(fewer)) & wanted)))


def main() -> int:
    """Play, rewrite or shrink; exit status 1 where a scenario does not end as it says."""
    parser = argparse.ArgumentParser(prog="python -m harness.simulation.scenario")
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="all of scenarios/ by default")
    parser.add_argument("--rewrite", action="store_true", help="write down what follows")
    parser.add_argument("--shrink", type=int, metavar="SEED", help="print what of a seed violates the same")
    options = parser.parse_args()
    if options.shrink is not None:
        sys.stdout.write(_shrunk(options.shrink))
        return 0
    differing = 0
    for path in options.files or sorted(FOLDER.glob("*.txt")):
        before = path.read_text(encoding="utf-8")
        after = played(before)
        if after != before and options.rewrite:
            path.write_text(after, encoding="utf-8")
        elif after != before:
            differing += 1
            sys.stdout.write(f"{path.name} does not end as it says; --rewrite shows how as a diff\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
