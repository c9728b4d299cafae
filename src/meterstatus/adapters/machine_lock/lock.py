"""``MachineLock`` on flock: the file, the order of waiting and the log that Juju's agents share (D.7).

Fair within the process, across all its units; between processes the kernel decides. Differs from the
reference on purpose: under sudo the file is not given to the invoking user, because where /tmp protects
regular files even root could then no longer open it.
"""

import collections
import contextlib
import dataclasses
import datetime
import logging
import os
import pathlib
from collections.abc import Callable

from meterstatus import errors
from meterstatus.adapters.machine_lock import holder, lock_file, log_file, place
from meterstatus.domain.hook import lock_log
from meterstatus.ports import time
from meterstatus.runtime import made_directory

_HISTORY = 1000


@dataclasses.dataclass(slots=True)
class _Holding:
    request: lock_log.Request
    acquired_at: datetime.datetime


class FlockMachineLock:
    """One agent's way to the machine lock.

    Args:
        agent_name: the agent as the log shows it, its tag.
        clock: tells when.
        logger: learns of a log file that cannot be written.
        log_path: the lock's log, ``<log dir>/machine-lock.log``.
        directory: of the lock file, made where it is absent; None is Juju's, ``$TMPDIR`` or ``/tmp``.

    Raises:
        NotValidError: an argument is missing: AgentName, Clock, Logger, LogFilename, in this order.
    """

    def __init__(
        self,
        agent_name: str,
        clock: time.Clock | None,
        logger: logging.Logger | None,
        log_path: str | pathlib.Path,
        directory: str | pathlib.Path | None = None,
    ) -> None:
        if not agent_name:
            raise errors.NotValidError("missing AgentName")
        if clock is None:
            raise errors.NotValidError("missing Clock")
        if logger is None:
            raise errors.NotValidError("missing Logger")
        if not str(log_path):
            raise errors.NotValidError("missing LogFilename")
        self._agent_name = agent_name
        self._clock = clock
        self._log = log_file.LockLog(pathlib.Path(log_path), logger)
        self._directory = place.temporary_directory() if directory is None else pathlib.Path(directory)
        if directory is not None:
            with contextlib.suppress(OSError):  # acquiring says what is wrong with it
                made_directory.make(self._directory, 0o700)
        self._has_logged = False
        self._waiting: list[lock_log.Request] = []
        self._holdings: list[_Holding] = []
        self._history: collections.deque[str] = collections.deque(maxlen=_HISTORY)

    async def acquire(
        self, *, worker: str, comment: str, cancel: time.Interrupt | None, group: str = ""
    ) -> Callable[[], None]:
        """Wait for the lock and return its release; see ``ports.hooks.MachineLock``.

        A free lock is taken without suspending. Cancelling, by the word or of the coroutine, returns at
        once and gives back a lock that comes later. A second release raises RuntimeError.
        """
        if cancel is None:
            raise errors.NotValidError("missing Cancel")
        if not worker:
            raise errors.NotValidError("missing Worker")
        path = self._path(group)
        request = lock_log.Request(worker, comment, self._clock.now())
        self._waiting.append(request)
        try:
            turn, descriptor = await lock_file.door_to(path).enter(cancel)
        finally:
            self._waiting.remove(request)
        turn.take(self._agent_name)
        return self._hold(_Holding(request, self._clock.now()), turn, descriptor)

    def _hold(self, holding: _Holding, turn: lock_file.Ticket, descriptor: int) -> Callable[[], None]:
        self._holdings.append(holding)
        is_held = True

        def release() -> None:
            nonlocal is_held
            if not is_held:
                raise RuntimeError("the machine lock was released twice")
            is_held = False
            self._holdings.remove(holding)
            try:
                self._record(holding)
            finally:
                os.close(descriptor)
                turn.end()

        return release

    def _record(self, holding: _Holding) -> None:
        now = self._clock.now()
        local = now.astimezone()
        line = holding.request.held_line(self._agent_name, holding.acquired_at.astimezone(), local)
        self._history.appendleft(line.rstrip("\n"))
        first = "" if self._has_logged else lock_log.started_line(local, self._agent_name)
        self._log.append(first + line, now)
        self._has_logged = True

    def lock_holder(self) -> str:
        """Say who holds the machine's lock, and where it lies; see ``ports.hooks.LockLooker``."""
        path = self._path()
        ours = lock_file.door_to(path).holder
        who = f"this agent, for a hook of {ours}" if ours else holder.of(path)
        return f"{path} is held by {who}" if who else ""

    def _path(self, group: str = "") -> pathlib.Path:
        """Return where a lock lies.

        Raises:
            LockUnavailableError: no group may be called so.
        """
        name = lock_log.file_name(group)
        if name is None:
            raise errors.LockUnavailableError(f'lock group "{group}" not valid')
        return self._directory / name

    def report(self) -> dict[str, object]:
        """Return ``holder`` ("none" or text), ``waiting`` (oldest first) and ``history`` (newest first)."""
        now = self._clock.now()
        held = [holding.request.holding_text(holding.acquired_at, now) for holding in self._holdings]
        return {
            "holder": "; ".join(held) or "none",
            "waiting": [request.waiting_text(now) for request in self._waiting],
            "history": list(self._history),
        }
