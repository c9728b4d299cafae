"""The two places that hold a unit's state: a file of the unit's own, and the controller.

Stores whole values and decides nothing about them (spec worker, A.9, A.10). Differs from the reference on
purpose: an empty file is no state (B-14), a damaged one is kept for whoever wants to know (B-13), and a
written one is private and survives a power cut (B-35).
"""

import asyncio
import contextlib
import errno
import pathlib

from meterstatus import durable_file, errors, waiting
from meterstatus.domain import state as states
from meterstatus.ports import status

_LASTING = (errno.EISDIR, errno.ELOOP, errno.EACCES, errno.EPERM)
"""What reading again would only meet again: stopping at it would stop the unit for ever (B-13)."""


class DiskBackedState:
    """``StateReadWriter`` on a YAML file, which is always a whole old or a whole new version."""

    def __init__(self, path: str | pathlib.Path, unit: str = "") -> None:
        self._path = pathlib.Path(path)
        self._unit = unit
        self._turn = asyncio.Lock()
        self._unwritten: states.State | None = None
        self._swept = False

    async def read(self) -> states.State:
        """Read the file.

        Reads on the loop: the file is small, read once at start, and a thread would cost more. What the
        last write could not put there is tried once more and returned, whatever became of it: the file is
        older than what its next reader must know.

        Raises:
            NotFoundError: the file is absent, or empty.
            StateCorruptError: it is no state. It stays where it is until the next write, and stays for
                good beside that under its name with ``.damaged`` after it.
            OSError: it cannot be read; see ``clear_the_way``.
        """
        unwritten = self._unwritten
        if unwritten is not None:
            with contextlib.suppress(errors.StateWriteError):
                await self.write(unwritten)
            return unwritten
        try:
            content = self._path.read_bytes()
        except FileNotFoundError as error:
            raise errors.NotFoundError("state file") from error
        if not content.strip():
            raise errors.NotFoundError("state file")
        try:
            return states.State.from_yaml(content.decode())
        except (errors.StateCorruptError, UnicodeDecodeError) as error:
            raise errors.StateCorruptError(f"{self._path}: {error}{self._set_aside()}") from error

    def clear_the_way(self) -> str | None:
        """Move aside what stands in the file's place and will never be readable, and say so in a sentence.

        A directory, a link to itself, a file of somebody else's: an agent that stops at it stops for ever
        (B-13). None where there is nothing of the kind. Not part of ``read``, whose caller may have named
        the wrong path and must find it as it was. Never raises: what cannot be moved fails the reading.
        """
        try:
            with self._path.open("rb"):
                return None
        except OSError as error:
            if error.errno not in _LASTING:
                return None
            return self._move_aside(error.strerror or str(error))

    def _move_aside(self, reason: str) -> str | None:
        with contextlib.suppress(OSError):
            self._path.rename(self._damaged)
            return f"{self._path}: {reason}; moved to {self._damaged}"
        return None

    @property
    def _damaged(self) -> pathlib.Path:
        return self._path.with_name(f"{self._path.name}.damaged")

    def _set_aside(self) -> str:
        damaged = self._damaged
        with contextlib.suppress(OSError):
            damaged.unlink(missing_ok=True)
            # A second name, no rename: the state must not look absent, and so fresh, before the next write.
            damaged.hardlink_to(self._path)
            return f"; kept as {damaged}"
        return ""

    async def write(self, value: states.State) -> None:
        """Replace the file, mode 0600; when this returns the new version survives a power cut.

        Writes in a thread although the loop would be 0.1 ms faster (0.57 ms against 0.67 ms here): a busy
        disk takes seconds over a sync, and every unit's pings and deadlines are on the loop. Writes
        happen in the order they are asked for. Cancelling waits for the write to end: a version that
        landed later would replace that of whoever reads and writes next.

        Raises:
            StateWriteError: it was not written, the directory being absent, for one; the cause is chained.
        """
        content = value.to_yaml().encode()
        async with self._turn:
            self._unwritten = value
            try:
                replacing = asyncio.get_running_loop().run_in_executor(None, self._replace, content)
                await waiting.to_the_end(replacing)
            except OSError as error:
                raise errors.StateWriteError(f"cannot write {self._path}: {error.strerror}") from error
            self._unwritten = None

    def _replace(self, content: bytes) -> None:
        durable_file.write(self._path, content)
        if not self._swept:
            self._swept = True
            durable_file.sweep(self._path)


class ControllerBackedState:
    """``StateReadWriter`` on the unit's meter field in the controller (spec worker, A.10)."""

    def __init__(self, api: status.UnitStateAPI) -> None:
        self._api = api

    async def read(self) -> states.State:
        """Fetch the state.

        Raises:
            NotFoundError: the field is empty.
            StateCorruptError: it is no state.
            MeterStatusError: as ``UnitStateAPI``.
        """
        text = await self._api.state()
        if not text:
            raise errors.NotFoundError("state")
        return states.State.from_yaml(text)

    async def write(self, value: states.State) -> None:
        """Store the state and touch no other field of the unit; raises as ``UnitStateAPI``."""
        await self._api.set_state(value.to_yaml())
