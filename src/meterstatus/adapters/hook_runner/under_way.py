"""Which hook is under way on this machine, for the agent that comes after one that was killed.

A hook outlives an agent that is killed, and the machine lock does not: its next holder would run a second
hook beside it (invariant 6). So a hook is noted before it starts, and who holds the lock next
ends what is left. Tempting and wrong: letting the hook inherit the lock, which a daemon that it starts would
then hold for ever, and a hook that hangs with nobody to end it. The hook's process holds the lock only until
the script has replaced the agent in it (``HookProcess.start``), so that whoever gets the lock sees a hook.

The note is overwritten in place, which a full disk allows, and not synced: no hook outlives the machine.
"""

import datetime
import os
import pathlib
import signal

from meterstatus.adapters.hook_runner import session
from meterstatus.ports import time
from meterstatus.runtime import regular_file

FILE_NAME = "meter-status-hook"
"""In the data directory: one hook at a time runs there, whichever unit's."""

EXEC_LIMIT = datetime.timedelta(seconds=1)
"""How long a process may be without variables and yet be a hook: the kernel copies them at once."""

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

        A process is noted with its birth: its number may be another's by then, and its variables its own.

        Raises:
            OSError: it could not be noted.
        """
        self._write(f"{context_id} {pid} {session.birth(pid)}" if pid else context_id)

    def clear(self) -> None:
        """Note that there is none any more; children that the hook has left are let go.

        Raises:
            OSError: it could not be noted.
        """
        self._write("")

    def _write(self, text: str) -> None:
        descriptor = regular_file.open_descriptor(self.path, os.O_WRONLY | os.O_CREAT)
        try:
            os.pwrite(descriptor, text.encode().ljust(_WIDTH - 1) + b"\n", 0)
        finally:
            os.close(descriptor)

    async def leftover(self, clock: time.Clock) -> int | None:
        """Return the session of a hook that is noted and still runs; None where there is none.

        A hook that was noted and had no process id yet is looked for among all sessions.
        """
        try:
            noted = regular_file.read(self.path).decode().split()
        except (OSError, ValueError):
            return None
        match noted:
            case [_, pid, birth] if pid.isdecimal():
                is_it = session.is_leader(int(pid)) and session.birth(int(pid)) == birth
                return int(pid) if is_it else None
            case [context_id]:
                return await _of_context(context_id, clock)
            case _:
                return None


async def _of_context(context_id: str, clock: time.Clock) -> int | None:
    """Return the session whose first process lives and has a context's id among its variables.

    In the middle of its exec a process has none at all, so that one without is looked at again for a while.
    """
    variable = f"JUJU_CONTEXT_ID={context_id}".encode()
    pids, waited = session.all_pids(), datetime.timedelta(0)
    while True:
        unclear: list[int] = []
        for pid in pids:
            variables = _variables(pid)
            if variables is None:
                unclear.append(pid)
            elif variable in variables:
                return pid
        if not unclear or waited >= EXEC_LIMIT:
            return None
        await clock.after(session.POLL)
        pids, waited = unclear, waited + session.POLL


def _variables(pid: int) -> list[bytes] | None:
    """Return the variables of a session's first process, none of any other; None of one that has none."""
    if not session.is_leader(pid):
        return []
    try:
        environment = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:  # gone meanwhile, or another user's
        return []
    return environment.split(b"\0") if environment else None


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
