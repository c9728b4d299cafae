"""``python -m harness.chaos --cycles 200 [--seed 0] [--store postgres]``."""

import argparse
import sys

from harness.chaos import run


def main() -> int:
    """Run a seed and print what came of it; exit status 1 where something is violated."""
    parser = argparse.ArgumentParser(prog="python -m harness.chaos")
    parser.add_argument("--cycles", type=int, default=200, help="how often a process is ended and started")
    parser.add_argument("--seed", type=int, default=0, help="fixes what is done")
    parser.add_argument(
        "--store", choices=run.STORES, default=run.STORES[0], help="postgres: two controllers"
    )
    options = parser.parse_args()

    def progress(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    report = run.play(options.seed, options.cycles, progress, options.store)
    sys.stdout.write(f"{report.account}\n" if report.account else "")
    sys.stdout.write(f"{report.summary}\n")
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
