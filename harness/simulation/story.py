"""What happened in a simulation, line by line: the log, and what the checks judge."""

import asyncio
import dataclasses
import random as randoms

from harness.invariants import census, verdict
from meterstatus.domain import status
from meterstatus.domain.hook import hook_call, outcome


@dataclasses.dataclass(slots=True, kw_only=True)
class Run:
    """One run of a unit's hook, as the charm saw it."""

    unit: str
    machine: str
    began: float
    """Virtual seconds since the simulation began."""

    told: hook_call.HookCall
    ended: float | None = None
    result: outcome.HookResult | None = None
    """None while it runs; TERMINATED also where its agent died."""

    @property
    def status(self) -> status.MeterStatus:
        """What the charm was told."""
        return self.told.status

    @property
    def succeeded(self) -> bool:
        """Tell whether the charm surely knows it."""
        return self.result in (outcome.HookResult.RAN, outcome.HookResult.MISSING)


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
        self.runs: list[Run] = []
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
