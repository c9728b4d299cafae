"""Which processes of a machine's hooks live on, for the driver that must know of them or take them down."""

import contextlib
import os
import pathlib
import signal
from collections.abc import Iterable, Iterator

from harness.chaos import record

_PROC = pathlib.Path("/proc")
_SCANS = 3
"""A process may be born of one that is just being killed, so that one look is not enough."""


def of_runs(runs: Iterable[record.Run], *, daemons: bool) -> list[int]:
    """Return the living processes that these runs were or have started."""
    found: list[int] = []
    for run in runs:
        pids = [run.pid, run.child, run.daemon if daemons else None]
        found += [pid for pid in pids if pid is not None and _is_of(pid, run)]
    return found


def kill(pids: Iterable[int]) -> None:
    """End processes that may be gone already."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_all(folder: pathlib.Path) -> None:
    """End every process that has a machine's folder among its arguments or variables, as a power cut does.

    The hooks' own records are not enough: one that was started a moment ago has written nothing yet, and
    would run on in the next boot, where no real machine has it.
    """
    for _ in range(_SCANS):
        kill(_of_folder(os.fsencode(folder) + b"/"))


def _of_folder(path: bytes) -> Iterator[int]:
    own = os.getpid()
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal() or int(entry.name) == own:
            continue
        try:
            texts = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:  # gone meanwhile
            continue
        if any(path in text for text in texts):
            yield int(entry.name)


def _is_of(pid: int, run: record.Run) -> bool:
    """Tell whether a process lives and is one of a run's, and not a later one of the same number."""
    proc = _PROC / str(pid)
    try:
        stat, environment = (proc / "stat").read_bytes(), (proc / "environ").read_bytes()
    except OSError:
        return False
    is_alive = stat[stat.rindex(b")") + 2 :][:1] not in (b"Z", b"X")
    return is_alive and f"METER_STATUS_DELIVERY_ID={run.delivery_id}".encode() in environment.split(b"\0")
