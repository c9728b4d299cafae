"""Runs a seed from its plan to its report."""

import dataclasses
import pathlib
import sys
import tempfile
import time
from collections.abc import Callable

from meterstatus.testing.chaos import campaign, plan, story


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What became of a run."""

    seed: int
    cycles: int
    """How often a process was ended and started again, until the end or the first violation."""

    episodes: int
    runs: int
    """Of hooks."""

    changes: int
    seconds: float
    ways: str
    violations: tuple[str, ...]
    story: tuple[str, ...]
    """The last two episodes, the hooks' own records merged in; empty where nothing is wrong."""

    logs: dict[str, str]
    """The end of every log; empty where nothing is wrong."""

    @property
    def replay(self) -> str:
        """The command that does the same again."""
        return f"make chaos CYCLES={self.cycles} SEED={self.seed}"

    @property
    def summary(self) -> str:
        """The figures, in one line."""
        return (
            f"seed {self.seed}: {self.cycles} cycles in {self.episodes} episodes, {self.runs} hook runs,"
            f" {self.changes} changes, {len(self.violations)} violations, {self.seconds:.1f} s"
            f" ({self.seconds / max(1, self.cycles):.2f} s a cycle); {self.ways}"
        )

    @property
    def account(self) -> str:
        """What is wrong, how to do it again, the story and the ends of the logs; "" where nothing is."""
        if not self.violations:
            return ""
        logs = [f"--- {name}, the end of its log:\n{text}" for name, text in self.logs.items()]
        found = [f"  {violation}" for violation in self.violations]
        return "\n".join(
            [
                "--- the story:",
                *self.story,
                *logs,
                f"seed {self.seed} violates:",
                *found,
                f"replay: {self.replay}",
            ]
        )


def play(seed: int, cycles: int, progress: Callable[[str], object] = lambda _: None) -> Report:
    """Play a seed until the plan is through, or the first episode in which something is violated.

    Args:
        seed: fixes what is done.
        cycles: how often, at least, a process is ended and started again.
        progress: is told a line after each episode.
    """
    log, began, cycles_done, played = story.Story(), time.perf_counter(), 0, 0
    episodes = plan.episodes(seed, cycles)
    with tempfile.TemporaryDirectory(prefix="meterstatus-chaos-", ignore_cleanup_errors=True) as folder:
        fleet = campaign.Campaign(pathlib.Path(folder), log, sys.executable)
        since = [0.0, 0.0]
        try:
            fleet.begin()
            for episode in episodes:
                since.append(time.monotonic())
                fleet.play(episode)
                cycles_done, played = cycles_done + episode.cycles, played + 1
                progress(f"{cycles_done} cycles, {time.perf_counter() - began:.0f} s")
                if log.violations:
                    break
        except Exception as error:  # noqa: BLE001 - with the story it is worth more
            log.accuse("the run itself", repr(error))
        finally:
            runs, logs = fleet.runs(), fleet.logs()
            fleet.end()
        return Report(
            seed=seed,
            cycles=cycles_done,
            episodes=played,
            runs=len(runs),
            changes=fleet.changes,
            seconds=time.perf_counter() - began,
            ways=fleet.ways,
            violations=tuple(log.violations),
            story=tuple(log.told(runs, since[-2])) if log.violations else (),
            logs={name: story.tail(text) for name, text in logs.items()} if log.violations else {},
        )
