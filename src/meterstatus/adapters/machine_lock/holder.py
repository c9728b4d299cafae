"""Who holds a lock file, for a person: as the kernel's list of locks has it (proc(5), /proc/locks)."""

import os
import pathlib
import pwd

_PROC = pathlib.Path("/proc")
_FIELDS = 6
"""Of a lock that is held: number, kind, type, mode, process, file; one that waits has an arrow before."""

UNSEEN = "a process that cannot be seen from here"


def of(path: pathlib.Path, proc: pathlib.Path = _PROC) -> str:
    """Name the process that holds a file's flock: ``process 4021 (flock) of user nobody``.

    It is the one that took the lock; where that has ended, a child of it holds it now. One of another
    process namespace, or of a file system that the list names otherwise, cannot be seen. "" is nobody.

    Args:
        path: the lock file.
        proc: where the kernel says it.
    """
    try:
        facts = path.lstat()
        listed = (proc / "locks").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return ""
    except OSError:
        return UNSEEN
    file = f"{os.major(facts.st_dev):02x}:{os.minor(facts.st_dev):02x}:{facts.st_ino}"
    for line in listed.splitlines():
        fields = line.split()[1:_FIELDS]
        if fields[:1] == ["FLOCK"] and fields[4:] == [file]:
            return _process(fields[3], proc)
    return UNSEEN


def _process(pid: str, proc: pathlib.Path) -> str:
    if not pid.isdecimal() or pid == "0":
        return UNSEEN
    try:
        uid = (proc / pid).stat().st_uid
        command = (proc / pid / "comm").read_text(errors="replace").strip()
    except OSError:
        return f"a child of process {pid}, which has ended"
    return f"process {pid} ({command}) of user {_user(uid)}"


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
