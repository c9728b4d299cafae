"""What the kernel says of a process and of this machine."""

import os
import pathlib
import statistics
import time
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")


def resident_kib(pid: int) -> int:
    """Return a process's resident memory."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise SystemExit(f"process {pid} has no VmRSS")


def cpu_seconds(pid: int) -> float:
    """Return what a process has used of the processors, in user and kernel mode, to the hundredth."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def company() -> dict[str, float]:
    """Say how much of a processor one busy process gets here just now: 1 on a machine of its own."""
    wall, used = time.monotonic(), time.process_time()
    while time.process_time() - used < 0.2:
        sum(range(1000))
    share = (time.process_time() - used) / (time.monotonic() - wall)
    return {"share-of-a-processor": round(share, 2), "load": round(os.getloadavg()[0], 2)}


def spread(figures: list[float]) -> dict[str, Any]:
    """Return the median and the 99th percentile."""
    return {
        "p50": round(statistics.median(figures), 2),
        "p99": round(statistics.quantiles(figures, n=100)[98], 2),
        "count": len(figures),
    }
