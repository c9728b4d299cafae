"""Who else may write a file: what is run, or believed, must be nobody's but ours and root's.

Looks at modes and owners only; access lists and mounts are beyond it.
"""

import os
import pathlib
import stat
from collections.abc import Iterable

_ROOT = 0


def faults(paths: Iterable[pathlib.Path]) -> list[str]:
    """Say of each path that others may write why that is; those that are absent are passed over."""
    return [f"{path} {words}" for path, words in ((path, _fault(path)) for path in paths) if words]


def _fault(path: pathlib.Path) -> str:
    """Say why others may write what is at a path, or where it leads; "" where they may not."""
    try:
        facts = path.stat()
    except OSError:
        return ""
    mode = f"mode {stat.S_IMODE(facts.st_mode):04o}"
    if facts.st_uid not in (_ROOT, os.geteuid()):
        return f"belongs to user {facts.st_uid}"
    if facts.st_mode & stat.S_IWOTH:
        return f"may be written by everybody ({mode})"
    if facts.st_mode & stat.S_IWGRP and facts.st_gid not in (_ROOT, os.getegid()):
        return f"may be written by group {facts.st_gid} ({mode})"
    return ""
