"""A herd's process, from the side of whoever leads it."""

import dataclasses
import json
import pathlib
import resource
import subprocess
import sys
import time
from typing import Any

HOSTS = tuple(f"127.0.0.{last}" for last in range(1, 9))
"""Where lean agents find the controller of their machine."""


@dataclasses.dataclass(frozen=True, slots=True)
class HerdPlan:
    """What a herd's process is told in its file."""

    port: int
    path: str
    model_tag: str
    passwords: dict[str, str]
    """By unit tag."""

    hosts: tuple[str, ...] = HOSTS
    tls: bool = True


class HerdProcess:
    """Lean agents in a process of their own.

    Args:
        plan: which.
        folder: where its file and its log go.
        name: of both.
    """

    def __init__(self, plan: HerdPlan, folder: pathlib.Path, name: str = "herd") -> None:
        file = folder / f"{name}.json"
        file.write_text(json.dumps(dataclasses.asdict(plan)))
        self.size = len(plan.passwords)
        with (folder / f"{name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "harness.herd", str(file)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def start(self, count: int, seconds: float) -> None:
        """Start so many more agents, spread over some seconds."""
        self._ask(f"start {count} {seconds}")

    def tell(self) -> dict[str, Any]:
        """Return the herd's tally, by the names of ``lean.Tally``."""
        return self._ask("tell")

    def forget(self) -> dict[str, Any]:
        """Begin the counts of events, waits and silence anew; returns them as they begin."""
        return self._ask("forget")

    def _ask(self, command: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the herd has ended with {self._process.wait()}"
        return json.loads(line)

    def wait_watching(self, count: int, seconds: float, look_seconds: float = 0.05) -> dict[str, Any]:
        """Wait until so many agents are logged in and watch; returns the tally of then.

        Raises:
            AssertionError: not in time.
        """
        end = time.monotonic() + seconds
        while (tally := self.tell())["watching"] < count:
            assert time.monotonic() < end, f"only {tally['watching']} of {count} are there: {tally}"
            time.sleep(look_seconds)
        return tally

    def stop(self) -> None:
        """End it at once, which its controller must bear; any number of times."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


def raise_descriptor_limit() -> None:
    """Allow this process as many descriptors as the system lets it have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
