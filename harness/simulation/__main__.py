"""``python -m harness.simulation --seeds 100 [--from 0] [--jobs 2] [--story]``."""

import argparse
import concurrent.futures
import contextlib
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Generator, Iterator

from harness.invariants import census
from harness.simulation import run


def main() -> int:
    """Run seeds, print what each violates and how to replay it; exit status 1 where one does."""
    parser = argparse.ArgumentParser(prog="python -m harness.simulation")
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--until-failed", action="store_true", help="end at the first seed that fails")
    parser.add_argument("--story", action="store_true", help="print the whole story of each")
    parser.add_argument("--no-times", action="store_true", help="do not say how long it took")
    options = parser.parse_args()
    asked = census.Census()
    began, ran, failed, faults, hooks = time.perf_counter(), 0, 0, 0, 0
    seeds = range(options.first, options.first + options.seeds)
    with _simulating(options.jobs) as simulate:
        for report in simulate(seeds):
            ran, faults, hooks = ran + 1, faults + report.faults, hooks + report.runs
            asked.add(report.census)
            _tell(report, story=options.story)
            failed += bool(report.violations)
            if failed and options.until_failed:
                break
    sys.stdout.write("\n".join(asked.lines()) + "\n")
    if not options.no_times:
        spent = time.perf_counter() - began
        sys.stdout.write(
            f"{ran} seeds from {options.first}, {failed} failed; {faults} faults, {hooks} hook runs;"
            f" {spent:.0f} s, {spent / max(1, ran):.2f} s a seed\n"
        )
    return 1 if failed else 0


@contextlib.contextmanager
def _simulating(jobs: int) -> Generator[Callable[[range], Iterator[run.Report]]]:
    """Give what runs seeds and returns their reports in the seeds' order."""
    if jobs == 1:
        yield lambda seeds: map(run.simulate, seeds)
        return
    # A fresh interpreter for each job: one that forked would share the state of every library with this one.
    with concurrent.futures.ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        yield lambda seeds: pool.map(run.simulate, seeds)
        pool.shutdown(cancel_futures=True)


def _tell(report: run.Report, *, story: bool) -> None:
    if story or report.violations:
        sys.stdout.write("\n".join(report.lines) + "\n")
    if report.violations:
        sys.stdout.write(f"seed {report.seed} violates:\n  " + "\n  ".join(report.violations) + "\n")
        sys.stdout.write(f"replay: make simulate SEEDS=1 FROM={report.seed}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
