"""The living processes of a session, found and signalled through /proc (proc(5), spec worker, B-19).

A hook's group is not enough: ``timeout`` and job control in a shell make groups of their own, which a
signal to the hook's group does not reach. Only who leaves the session, as a daemon does, is let go.
"""

import datetime
import os
import pathlib

KILL_LIMIT = datetime.timedelta(seconds=5)
"""For all of a session to be gone after KILL."""

POLL = datetime.timedelta(milliseconds=5)
LONGEST_POLL = datetime.timedelta(milliseconds=250)
"""Between two looks whether a session is gone, at first and at most."""

_PROC = pathlib.Path("/proc")
_BOOT_ID = _PROC / "sys/kernel/random/boot_id"
_DEAD = (b"Z", b"X")


def living_groups(session: int) -> set[int]:
    """Return the process groups of a session that have a living member.

    Zombies do not count: where nobody reaps orphans they stay for ever, and do nothing.
    """
    pids = all_pids()
    if not pids:  # no /proc in this sandbox; the session's first group is all that is known
        return {session} if signal_group(session, 0) else set()
    groups: set[int] = set()
    for pid in pids:
        group = _living_group(pid, session)
        if group is not None:
            groups.add(group)
    return groups


def all_pids() -> list[int]:
    """Return the processes that there are, zombies included; none where there is no /proc."""
    try:
        entries = os.listdir(_PROC)  # noqa: PTH208 # its pathlib form makes a path of each process
    except OSError:
        return []
    return [int(name) for name in entries if name.isdigit()]


def is_leader(pid: int) -> bool:
    """Tell whether a process lives and is the first of its session."""
    return _living_group(pid, pid) is not None


def birth(pid: int) -> str:
    """Return what a process has and no other of its number: the boot, and when in it the process began.

    "" where there is no such process, or no /proc.
    """
    fields = _fields(pid)
    try:
        boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
    return f"{boot_id}/{int(fields[19])}" if fields else ""


def _living_group(pid: int, session: int) -> int | None:
    fields = _fields(pid)
    if not fields:
        return None
    state, _, group, of_session = fields[:4]
    return int(group) if int(of_session) == session and state not in _DEAD else None


def _fields(pid: int) -> list[bytes]:
    """Return what the kernel says of a process from its state on; nothing of one that is gone."""
    try:
        text = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return []
    # The command's name comes before, in brackets, and may itself hold brackets and spaces.
    return text[text.rindex(b")") + 1 :].split()


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a group, 0 to ask only; tell whether it has anybody."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # all that is left has become another user
        return True
    return True


def signal_all(session: int, number: int) -> None:
    """Send a signal to every group of a session."""
    for group in living_groups(session):
        signal_group(group, number)
