"""What the driver did and when, what must not have happened, and both merged with the hooks' own records."""

import threading
import time
from collections.abc import Iterable

from harness.chaos import record

TAIL_LINES = 60


class Story:
    """The log of one run; threads may write to it.

    Attributes:
        violations: what must not have happened, in the order in which it was found.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._lines: list[tuple[float, str]] = []
        self._lock = threading.Lock()
        self.violations: list[str] = []

    def say(self, text: str) -> float:
        """Add a line and return its time, by the driver's own clock."""
        now = time.monotonic()
        with self._lock:
            self._lines.append((now, text))
        return now

    def accuse(self, invariant: str, text: str) -> None:
        """Note a violation, once."""
        violation = f"{invariant}: {text}"
        with self._lock:
            if violation in self.violations:
                return
            self.violations.append(violation)
        self.say(f"VIOLATION of {violation}")

    def told(self, runs: Iterable[record.Run], since: float = 0.0) -> list[str]:
        """Return the lines from an instant on, with the hooks' own in their places."""
        lines = [(at, text) for at, text in self._lines if at >= since]
        for run in runs:
            if run.began >= since:
                lines.append(
                    (run.began, f"machine {run.machine}: hook {run.pid} begins: {run}, {run.behaviour}")
                )
            if run.ended is not None and run.ended >= since:
                lines.append((run.ended, f"machine {run.machine}: hook {run.pid} ends: {run.exit_status}"))
        return [f"{at - self._began:9.3f} {text}" for at, text in sorted(lines)]


def tail(log: str, lines: int = TAIL_LINES) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.splitlines()[-lines:])
