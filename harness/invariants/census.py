"""Counts what every check found, so that a run says what it asked and not only that nothing was wrong."""

import collections
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Self

from harness.invariants import verdict

_HELD, _VIOLATED, _NOT_CONCERNED = "held", "violated", "not concerned"


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """What one check found."""

    held: int
    violated: int
    not_concerned: int
    excused: Mapping[str, int]
    """By cause, the most frequent first."""

    @property
    def concerned(self) -> int:
        """How often it was the check's."""
        return self.held + self.violated + sum(self.excused.values())

    @property
    def excused_share(self) -> float:
        """How much of that it let pass, 0 to 1."""
        return sum(self.excused.values()) / max(1, self.concerned)


class Census:
    """Verdicts by check."""

    def __init__(self, counted: Mapping[str, Mapping[str, int]] | None = None) -> None:
        """Begin with what was counted before, as ``plain`` returns it."""
        self._counted: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        for check, counts in (counted or {}).items():
            self._counted[check].update(counts)

    def count(self, check: str, found: verdict.Verdict) -> None:
        """Count one."""
        self._counted[check][_name(found)] += 1

    def add(self, other: Self) -> None:
        """Count all that another one has."""
        for check, counts in other._counted.items():
            self._counted[check].update(counts)

    def plain(self) -> dict[str, dict[str, int]]:
        """Return how often each check found what, as JSON has it."""
        return {check: dict(counts) for check, counts in self._counted.items()}

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Give what each check found, in the order of their names."""
        for check, counts in sorted(self._counted.items()):
            excused = {name: number for name, number in counts.most_common() if name not in _ASKED}
            yield check, Row(counts[_HELD], counts[_VIOLATED], counts[_NOT_CONCERNED], excused)

    def lines(self) -> Iterator[str]:
        """Give it as a table for people."""
        yield f"{'check':<30}{'concerned':>10}{'held':>10}{'excused':>9}  because"
        for check, row in self.rows():
            causes = ", ".join(f"{number} {cause}" for cause, number in row.excused.items())
            yield f"{check:<30}{row.concerned:>10}{row.held:>10}{row.excused_share:>9.1%}  {causes}".rstrip()


_ASKED = (_HELD, _VIOLATED, _NOT_CONCERNED)


def _name(found: verdict.Verdict) -> str:
    match found:
        case verdict.NotConcerned():
            return _NOT_CONCERNED
        case verdict.Held():
            return _HELD
        case verdict.Excused(cause):
            return cause.value
        case verdict.Violated():
            return _VIOLATED
