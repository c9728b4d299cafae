"""One hook as a process: started in a session of its own, watched, and ended with all its children.

Knows nothing of charms, statuses or locks (spec worker, D.3 and B-19). Starts it with Popen and watches a
pidfd itself: asyncio's own way takes twice as long until the script runs (0.52 ms against 0.24 ms), and a
thread for each child where Python is 3.11. posix_spawn cannot set the working directory.
"""

import asyncio
import contextlib
import dataclasses
import datetime
import os
import pathlib
import signal
import subprocess
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from meterstatus.adapters.hook_runner import session, stream
from meterstatus.ports import time

_STANDARD_ERROR = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: a status or a signal; neither where the kernel was told to forget children."""

    status: int | None = None
    signal: int | None = None

    def __str__(self) -> str:
        if self.signal is not None:
            try:
                return f"ended by {signal.Signals(self.signal).name}"
            except ValueError:
                return f"ended by signal {self.signal}"
        return "exit status lost" if self.status is None else f"exit status {self.status}"


class HookProcess:
    """A running hook; made by ``start``.

    Attributes:
        pid: the process's number, which is its session's too.
        exited: done with the ``Exit`` when the process itself has ended; its children may live on.
    """

    def __init__(self, popen: subprocess.Popen[bytes], clock: time.Clock) -> None:
        self._popen = popen
        self.pid = popen.pid
        self._session = popen.pid
        self._clock = clock
        self.exited: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._streams: list[stream.OutputStream] = []

    @classmethod
    def start(
        cls,
        script: pathlib.Path,
        directory: pathlib.Path,
        environment: Mapping[bytes, bytes],
        sinks: tuple[stream.Sink, stream.Sink],
        clock: time.Clock,
    ) -> "HookProcess":
        """Start a script, without arguments and with nothing to read.

        Args:
            script: what to run; its first line says how, there is no shell.
            directory: its working directory.
            environment: its whole environment.
            sinks: take the lines of standard output and of standard error.
            clock: the limits of ``end`` and ``drain`` are measured on it.

        Raises:
            OSError: it could not be started; nothing is left of the attempt.
        """
        with contextlib.ExitStack() as on_failure, contextlib.ExitStack() as ours:
            ends: list[int] = []
            for _ in sinks:
                read_end, write_end = os.pipe()
                on_failure.callback(os.close, read_end)
                # Ours is closed as soon as the child has its own: else the end of output never shows.
                ours.callback(os.close, write_end)
                ends += (read_end, write_end)
            # A session, not just a group: it holds groups that the hook makes, and has no terminal, so that
            # what would prompt on one fails at once. Our descriptors are left to the kernel, which closes
            # them once the script has replaced this program. Popen itself would do it before, and the machine
            # lock of an agent that is killed then be free while the hook has yet to begin.
            popen = subprocess.Popen(
                [script],
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=ends[1],
                stderr=ends[3],
                close_fds=not _are_ours_private(),
                start_new_session=True,
            )
            on_failure.pop_all()
        process = cls(popen, clock)
        process._streams = [
            stream.OutputStream(descriptor, sink) for descriptor, sink in zip(ends[::2], sinks, strict=True)
        ]
        _watch(popen.pid, process._on_exit)
        return process

    def _on_exit(self) -> None:
        if not self.exited.done():
            ended = reap(self._session)
            self._popen.returncode = ended.status or 0  # or Popen would look for the child, and complain
            self.exited.set_result(ended)

    async def drain(self, limit: datetime.timedelta) -> None:
        """Wait for the end of the output, at most so long: a child that lives on may hold it open."""
        await self._within(limit, self._all_output())

    async def _all_output(self) -> None:
        for output in self._streams:
            await asyncio.wait((output.ended,))

    def close(self) -> None:
        """Take the output that is there and stop reading; what comes later is lost to its writer."""
        for output in self._streams:
            output.close()

    async def end(self, grace: datetime.timedelta) -> bool:
        """End every process of the hook: TERM, and after the grace KILL; tell whether all are gone.

        Cancelling kills them without waiting further.
        """
        try:
            session.signal_all(self._session, signal.SIGTERM)
            if await self._within(grace, self._gone()):
                return True
            session.signal_all(self._session, signal.SIGKILL)
            return await self._within(session.KILL_LIMIT, self._gone())
        except asyncio.CancelledError:
            session.signal_all(self._session, signal.SIGKILL)
            raise

    async def _gone(self) -> None:
        await asyncio.wait((self.exited,))
        pause = session.POLL
        while session.living_groups(self._session):
            await self._clock.after(pause)
            pause = min(2 * pause, session.LONGEST_POLL)

    async def _within(self, limit: datetime.timedelta, work: Coroutine[Any, Any, None]) -> bool:
        """Do some waiting, at most so long; tell whether it came to its end."""
        task = asyncio.ensure_future(work)
        timer = self._clock.after(limit)
        fired = asyncio.ensure_future(timer)
        try:
            await asyncio.wait((task, fired), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            fired.cancel()
            task.cancel()
        return task.done() and not task.cancelled()


def _are_ours_private() -> bool:
    """Let no descriptor outlive an exec, also of those that whoever started us left open; tell if that is so.

    Python opens none that would.
    """
    try:
        descriptors = os.listdir("/proc/self/fd")  # noqa: PTH208 # its pathlib form makes a path of each
    except OSError:
        return False
    for number in descriptors:
        if int(number) > _STANDARD_ERROR:
            with contextlib.suppress(OSError):  # the listing's own, closed by now
                os.set_inheritable(int(number), False)
    return True


def reap(pid: int) -> Exit:
    """Take the end of a child that has ended."""
    try:
        ended = os.waitid(os.P_PID, pid, os.WEXITED)
    except ChildProcessError:  # SIGCHLD is ignored, by whoever started the agent
        return Exit()
    assert ended is not None
    if ended.si_code == os.CLD_EXITED:
        return Exit(status=ended.si_status)
    return Exit(signal=ended.si_status)


def _watch(pid: int, on_exit: Callable[[], None]) -> None:
    """Have a function called in the running loop once a child can be reaped."""
    loop = asyncio.get_running_loop()
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:  # an old kernel, or a sandbox that does not know the call
        watch_in_thread(pid, on_exit)
        return

    def ready() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        on_exit()

    loop.add_reader(descriptor, ready)


def watch_in_thread(pid: int, on_exit: Callable[[], None]) -> None:
    """Do what a pidfd does, where there is none."""
    loop = asyncio.get_running_loop()

    def wait() -> None:
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(on_exit)

    threading.Thread(target=wait, name="hook-exit", daemon=True).start()
