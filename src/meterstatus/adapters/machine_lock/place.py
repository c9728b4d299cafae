"""Where the machine lock's file lies: Juju's place where a Juju agent shares it, else one of our own.

Juju's is a directory that everybody may write, so that anybody may be in the way there: it is taken only
where there is somebody to share it with.
"""

import os
import pathlib
from typing import NamedTuple


class LockDirectory(NamedTuple):
    """Where the lock file is, and why there, in one sentence for the log."""

    path: pathlib.Path
    reason: str
    is_jujus: bool = False


def choose_directory(*, is_root: bool, own_dir: str | pathlib.Path, has_juju: bool = True) -> LockDirectory:
    """Choose the directory of the lock file: root shares Juju's where there is one, else it is our own.

    Creating Juju's file as another user would be worse than not sharing it: it would lock root out.

    Args:
        is_root: whether this process is root's.
        own_dir: a directory that nobody else may write.
        has_juju: whether a Juju agent is on the machine.
    """
    own = pathlib.Path(own_dir)
    if is_root and has_juju:
        shared = temporary_directory()
        reason = f"running as root beside a Juju agent: hooks share Juju's machine lock in {shared}"
        return LockDirectory(shared, reason, is_jujus=True)
    if is_root:
        return LockDirectory(
            own, f"no Juju agent is on this machine: hooks exclude each other by a lock in {own}"
        )
    return LockDirectory(
        own,
        "not running as root, who alone can share Juju's machine lock: hooks exclude each other, and no Juju"
        f" agent's, by a lock in {own}",
    )


def has_juju_agent(juju_dir: pathlib.Path, data_dir: pathlib.Path) -> bool:
    """Tell whether a Juju agent is on the machine: it has an ``agent.conf`` in Juju's data directory.

    Where that directory is the one that we serve, its units are ours; a machine's agent is Juju's.
    """
    is_served = os.path.realpath(juju_dir) == os.path.realpath(data_dir)
    found = (juju_dir / "agents").glob("*/agent.conf")
    return any(not (is_served and path.parent.name.startswith("unit-")) for path in found)


def temporary_directory() -> pathlib.Path:
    """Return the directory that Juju's lock lies in."""
    # As Go finds it. Python's tempfile also tries TEMP and TMP, and would then lock another file.
    return pathlib.Path(os.environ.get("TMPDIR") or "/tmp")  # noqa: S108 # a place shared with Juju
