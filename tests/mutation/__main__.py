"""``python -m tests.mutation <folder>``: what mutmut found in a folder, by module, into the documents.

mutmut changes each function of the domain in many small ways and runs the tests; a mutant that no test fails
for survives, and is either a missing test or listed in ``equivalent.toml`` with the reason why nobody could
see it.
"""

import collections
import dataclasses
import json
import pathlib
import re
import sys
import tomllib
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "tests-of-the-tests.md"
_BEGIN, _END = "<!-- mutants: written by make mutation -->", "<!-- mutants: end -->"
_name = re.compile(r"meterstatus\.domain\.([\w.]+)\.(?:xǁ(\w+)ǁ(\w+?)|x_(\w+?))__mutmut_\d+")

SURVIVED = (0, 5, 33, None)
"""What mutmut notes of a mutant: no test failed, or there was none to ask. Anything else killed it."""


@dataclasses.dataclass(slots=True)
class Score:
    """One module's mutants."""

    total: int = 0
    equivalent: int = 0
    unexplained: list[str] = dataclasses.field(default_factory=list[str])

    @property
    def killed(self) -> int:
        """How many a test failed for."""
        return self.total - self.equivalent - len(self.unexplained)


def main() -> int:
    """Write the table; exit status 1 where a mutant survives that no reason is listed for."""
    facts = tomllib.loads((pathlib.Path(__file__).parent / "equivalent.toml").read_text(encoding="utf-8"))
    allowed = {name: entry["count"] for name, entry in facts["equivalent"].items()}
    scores = _scores(pathlib.Path(sys.argv[1]), allowed)
    lines = [*_rows(scores, facts["at-first"]), "", *_reasons(facts["equivalent"])]
    text = PAGE.read_text(encoding="utf-8")
    within = re.compile(f"(?<={re.escape(_BEGIN)}\n).*(?={re.escape(_END)})", re.DOTALL)
    if within.search(text) is None:
        raise LookupError(f"{PAGE} has no place for the table between {_BEGIN} and {_END}")
    table = "\n" + "\n".join(lines) + "\n\n"
    PAGE.write_text(within.sub(lambda _: table, text), encoding="utf-8")
    unexplained = [name for score in scores.values() for name in score.unexplained]
    sys.stdout.write("\n".join([*lines[: len(scores) + 3], *unexplained]) + "\n")
    return 1 if unexplained else 0


def _scores(folder: pathlib.Path, allowed: dict[str, int]) -> dict[str, Score]:
    scores: dict[str, Score] = collections.defaultdict(Score)
    left = dict(allowed)
    for mutant, code in _results(folder):
        parts = _name.fullmatch(mutant)
        assert parts is not None, mutant
        module = parts[1]
        function = f"{module}.{parts[2]}.{parts[3]}" if parts[2] else f"{module}.{parts[4]}"
        score = scores[module]
        score.total += 1
        if code not in SURVIVED:
            continue
        if left.get(function, 0):
            left[function] -= 1
            score.equivalent += 1
        else:
            score.unexplained.append(mutant)
    return dict(sorted(scores.items()))


def _results(folder: pathlib.Path) -> Iterator[tuple[str, int | None]]:
    found = sorted((folder / "mutants/src/meterstatus/domain").rglob("*.py.meta"))
    if not found:
        raise FileNotFoundError(f"mutmut has left nothing in {folder}; make mutation")
    for path in found:
        yield from json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"].items()


def _rows(scores: dict[str, Score], at_first: dict[str, int]) -> list[str]:
    lines = ["| module | mutants | killed at first | killed | equivalent | not explained |"]
    lines.append("|--|--|--|--|--|--|")
    for module, score in scores.items():
        first = score.total - at_first.get(module, 0)
        counts = (score.total, first, score.killed, score.equivalent, len(score.unexplained))
        lines.append(f"| `{module}` | {' | '.join(map(str, counts))} |")
    total = sum(score.total for score in scores.values())
    killed = sum(score.killed for score in scores.values())
    first = total - sum(at_first.values())
    equivalent = sum(score.equivalent for score in scores.values())
    lines.append(
        f"| all | {total} | {first} ({first / total:.1%}) | {killed} ({killed / total:.1%}) | {equivalent} |"
        f" {total - killed - equivalent} |"
    )
    return lines


def _reasons(equivalent: dict[str, dict[str, object]]) -> list[str]:
    lines = ["| equivalent mutants of | how many | why nobody can see them |", "|--|--|--|"]
    return [
        *lines,
        *(f"| `{name}` | {entry['count']} | {entry['why']} |" for name, entry in equivalent.items()),
    ]


if __name__ == "__main__":
    sys.exit(main())
