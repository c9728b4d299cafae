"""The rule for statuses that are set for a time, as an operator would reckon it with a list of the changes.

Read from the history in order, and from the reason that each change was given: nothing here is taken from
what the product says of a limit, so that it can be held to this (decision 0016). It is told what ended;
whether that was right, and in time, is what it is asked.
"""

import dataclasses
import re

from harness.invariants import verdict
from meterstatus.domain import status

_asked_for = re.compile(r"for (\d+) s\b")
_undoes = re.compile(r"undo of (\d+)\b")


_ROUNDED = 0.001
"""Seconds: wall clocks have microseconds, and loops floats."""


def reason(seconds: int) -> str:
    """Return the reason that operators give where they set something for a time, by which it is known."""
    return f"for {seconds} s"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One change of what is set for a unit, an application or the model."""

    revision: int
    scope: str
    """Whose."""

    status: status.MeterStatus | None
    """What stands after it; None where nothing does."""

    at: float
    """When it was made, in virtual seconds."""

    why: str = ""
    batch: int = 0
    """What all changes of one command have in common; 0 where it is alone."""

    ended: int = 0
    """The revision that it says it ends."""


@dataclasses.dataclass(frozen=True, slots=True)
class Passing:
    """What is set for a time."""

    status: status.MeterStatus | None
    until: float
    set_by: int
    """The revision that set it, or put it back."""

    set_at: float


@dataclasses.dataclass(frozen=True, slots=True)
class Stand:
    """What is set for one scope: the last without a time, and what lies over it."""

    lasting: status.MeterStatus | None = None
    passing: Passing | None = None

    @property
    def status(self) -> status.MeterStatus | None:
        """What units are told of it."""
        return self.lasting if self.passing is None else self.passing.status


class Ledger:
    """What is set for every scope.

    Attributes:
        stands: by scope.
    """

    def __init__(self) -> None:
        self.stands: dict[str, Stand] = {}
        self._lines: list[tuple[Line, Stand]] = []

    def read(self, line: Line) -> verdict.Verdict:
        """Enter the next line of the history, and judge it."""
        before = self.stands.get(line.scope, Stand())
        found: verdict.Verdict = verdict.HELD
        after = self._after(line, before)
        if line.ended:
            found = _judge_end(line, before.passing)
        if found == verdict.HELD and after.status != line.status:
            has = f"{line.scope} has {line.status} by revision {line.revision}"
            found = verdict.Violated(f"{has}, and should have {after.status}")
        self.stands[line.scope] = after
        self._lines.append((line, before))
        return found

    def passing(self) -> list[tuple[str, Passing]]:
        """Return all that is set for a time, by scope."""
        return [(scope, stand.passing) for scope, stand in self.stands.items() if stand.passing is not None]

    def _after(self, line: Line, before: Stand) -> Stand:
        if line.ended:
            return Stand(before.lasting)
        undone, asked = _undoes.match(line.why), _asked_for.match(line.why)
        if undone is not None:
            return self._put_back(line, int(undone[1]))
        if asked is None:
            return Stand(line.status)
        return Stand(before.lasting, Passing(line.status, line.at + int(asked[1]), line.revision, line.at))

    def _put_back(self, line: Line, revision: int) -> Stand:
        """Return what an undo leaves: what was there, but for a time that is over."""
        batch = next((each.batch for each, _ in self._lines if each.revision == revision), 0)
        was = next(
            stand
            for each, stand in self._lines
            if each.scope == line.scope and (each.revision == revision or (batch and each.batch == batch))
        )
        if was.passing is None or was.passing.until <= line.at:
            return Stand(was.lasting)
        again = dataclasses.replace(was.passing, set_by=line.revision, set_at=line.at)
        return Stand(was.lasting, again)


def _judge_end(line: Line, passing: Passing | None) -> verdict.Verdict:
    ends = f"{line.scope} ends {line.ended}"
    if passing is None or passing.set_by != line.ended:
        return verdict.Violated(f"{ends} by revision {line.revision}, and something else stands")
    if line.at < passing.until - _ROUNDED:
        return verdict.Violated(f"{ends} at {line.at:.3f} s, and not at {passing.until:.3f} s")
    return verdict.HELD
