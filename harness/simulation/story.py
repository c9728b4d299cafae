"""What happened in a simulation, line by line: the log, and what the checks judge."""

import asyncio
import random as randoms

from harness.invariants import census, model, verdict


class Story:
    """The log of one simulation.

    Attributes:
        lines: everything that happened, in order.
        runs: every hook run of every unit, in order.
        violations: what must not have happened.
        census: what every check has found.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.runs: list[model.Run] = []
        self.violations: list[str] = []
        self.census = census.Census()

    def say(self, text: str) -> None:
        """Add a line with the virtual time."""
        milliseconds = round(now() * 1000)
        seconds, rest = divmod(milliseconds, 1000)
        minutes, second = divmod(seconds, 60)
        self.lines.append(f"{minutes // 60}:{minutes % 60:02}:{second:02}.{rest:03} {text}")

    def judge(self, check: str, found: verdict.Verdict) -> None:
        """Count what a check has found, and note what is wrong."""
        self.census.count(check, found)
        if isinstance(found, verdict.Violated):
            self.accuse(check, found.text)

    def accuse(self, invariant: str, text: str) -> None:
        """Note a violation, where it first happened."""
        if f"{invariant}: {text}" in self.violations:
            return
        self.violations.append(f"{invariant}: {text}")
        self.say(f"VIOLATION of {invariant}: {text}")


def now() -> float:
    """Return the virtual seconds since the simulation began."""
    return asyncio.get_running_loop().time()


def fork(random: randoms.Random) -> randoms.Random:
    """Return a generator of its own for a part, so that no part's draws move another's."""
    return randoms.Random(random.random())  # noqa: S311 - a simulation keeps no secrets
