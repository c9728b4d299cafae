"""Runs a seed from its plan to its report."""

import contextlib
import dataclasses
import pathlib
import sys
import tempfile
import time
from collections.abc import Callable

from harness import postgres, real_fleet, real_pair
from harness.chaos import campaign, headquarters, pair, plan, story

STORES = ("sqlite", "postgres")
"""What the controllers keep their fleet in: one its own, or two of them one."""


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
    store: str
    violations: tuple[str, ...]
    story: tuple[str, ...]
    """The last two episodes, the hooks' own records merged in; empty where nothing is wrong."""

    logs: dict[str, str]
    """The end of every log; empty where nothing is wrong."""

    @property
    def replay(self) -> str:
        """The command that does the same again."""
        return f"make chaos CYCLES={self.cycles} SEED={self.seed} STORE={self.store}"

    @property
    def summary(self) -> str:
        """The figures, in one line."""
        return (
            f"seed {self.seed}: {self.cycles} cycles in {self.episodes} episodes, {self.runs} hook runs,"
            f" {self.changes} changes, {len(self.violations)} violations, {self.seconds:.1f} s"
            f" ({self.seconds / max(1, self.cycles):.2f} s a cycle); {self.store}; {self.ways}"
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


def play(
    seed: int, cycles: int, progress: Callable[[str], object] = lambda _: None, store: str = STORES[0]
) -> Report:
    """Play a seed until the plan is through, or the first episode in which something is violated.

    Args:
        seed: fixes what is done.
        cycles: how often, at least, a process is ended and started again.
        progress: is told a line after each episode.
        store: one of ``STORES``.
    """
    log, began, cycles_done, played = story.Story(), time.perf_counter(), 0, 0
    episodes = plan.episodes(seed, cycles)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="meterstatus-chaos-", ignore_cleanup_errors=True)
            )
        )
        hq = _headquarters(folder, log, store, seed, stack)
        fleet = campaign.Campaign(folder, log, sys.executable, hq)
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
            store=store,
            violations=tuple(log.violations),
            story=tuple(log.told(runs, since[-2])) if log.violations else (),
            logs={name: story.tail(text) for name, text in logs.items()} if log.violations else {},
        )


def _headquarters(
    folder: pathlib.Path, log: story.Story, store: str, seed: int, stack: contextlib.ExitStack
) -> headquarters.Headquarters:
    if store == STORES[0]:
        return headquarters.Headquarters(real_fleet.RealFleet(folder), log)
    server = stack.enter_context(postgres.running(is_durable=True))
    fleet = real_pair.RealPair(folder, server.url(server.database()))
    return pair.PairHeadquarters(fleet, log, server, seed)
