"""``python -m meterstatus.testing.simulation --seeds 100 [--from 0] [--story]``."""

import argparse
import sys
import time

from meterstatus.testing.simulation import run


def main() -> int:
    """Run seeds, print what each violates and how to replay it; exit status 1 where one does."""
    parser = argparse.ArgumentParser(prog="python -m meterstatus.testing.simulation")
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first one")
    parser.add_argument("--story", action="store_true", help="print the whole story of each")
    parser.add_argument("--no-times", action="store_true", help="do not say how long it took")
    options = parser.parse_args()
    began, failed, faults, runs = time.perf_counter(), 0, 0, 0
    for seed in range(options.first, options.first + options.seeds):
        report = run.simulate(seed)
        faults, runs = faults + report.faults, runs + report.runs
        if options.story or report.violations:
            sys.stdout.write("\n".join(report.lines) + "\n")
        if report.violations:
            failed += 1
            sys.stdout.write(f"seed {seed} violates:\n  " + "\n  ".join(report.violations) + "\n")
            sys.stdout.write(f"replay: make simulate SEEDS=1 FROM={seed}\n")
            sys.stdout.flush()
    if options.no_times:
        return 1 if failed else 0
    spent = (time.perf_counter() - began) / max(1, options.seeds)
    sys.stdout.write(
        f"{options.seeds} seeds, {failed} failed; {faults} faults, {runs} hook runs, {spent:.2f} s a seed\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
