"""Which hook is under way on this machine, for the agent that comes after one that was killed.

A hook outlives an agent that is killed, and the machine lock does not: its next holder would run a second
hook beside it (architecture, invariant 6). So a hook is noted before it starts, and who holds the lock next
ends what is left. Tempting and wrong: letting the hook inherit the lock, which a daemon that it starts would
then hold for ever, and a hook that hangs with nobody to end it.

The note is overwritten in place, which a full disk allows, and not synced: no hook outlives the machine.
"""

import datetime
import os
import pathlib
import signal

from meterstatus.adapters.hook_runner import session
from meterstatus.ports import time

FILE_NAME = "meter-status-hook"
"""In the data directory: one hook at a time runs there, whichever unit's."""

_WIDTH = 512
_PROC = pathlib.Path("/proc")


class UnderWay:
    """The note of one data directory; used under the machine lock only.

    Attributes:
        path: the file.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def note(self, context_id: str, pid: int = 0) -> None:
        """Note a hook: before it starts without, and as soon as it has started with its process id.

        Raises:
            OSError: it could not be noted.
        """
        self._write(f"{context_id} {pid}")

    def clear(self) -> None:
        """Note that there is none any more; children that the hook has left are let go.

        Raises:
            OSError: it could not be noted.
        """
        self._write("")

    def _write(self, text: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self.path, flags, 0o600)
        try:
            os.pwrite(descriptor, text.encode().ljust(_WIDTH - 1) + b"\n", 0)
        finally:
            os.close(descriptor)

    def leftover(self) -> int | None:
        """Return the session of a hook that is noted and still runs; None where there is none.

        A hook that was noted and had no process id yet is looked for among all sessions.
        """
        try:
            context_id, pid = self.path.read_text(encoding="utf-8").split()
        except (OSError, ValueError):
            return None
        is_known = pid.isdecimal() and pid != "0"
        pids = [int(pid)] if is_known else session.all_pids()
        return next((each for each in pids if _is_hook(each, context_id)), None)


def _is_hook(pid: int, context_id: str) -> bool:
    """Tell whether a process is a hook's own: alive, first of its session, and with the id in its variables.

    The number alone may be another process's by now.
    """
    if not session.is_leader(pid):
        return False
    try:
        environment = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:  # gone meanwhile, or another user's
        return False
    return f"JUJU_CONTEXT_ID={context_id}".encode() in environment.split(b"\0")


async def end(of_session: int, grace: datetime.timedelta, clock: time.Clock) -> bool:
    """End the processes of a session, no child of ours: TERM, after the grace KILL; tell if all are gone."""
    for number, limit in ((signal.SIGTERM, grace), (signal.SIGKILL, session.KILL_LIMIT)):
        session.signal_all(of_session, number)
        waited, pause = datetime.timedelta(0), session.POLL
        while session.living_groups(of_session):
            if waited >= limit:
                break
            await clock.after(pause)
            waited, pause = waited + pause, min(2 * pause, session.LONGEST_POLL)
        else:
            return True
    return False
