"""The two places that hold a unit's state: a file of the unit's own, and the controller.

Stores whole values and decides nothing about them (spec worker, A.9, A.10). Differs from the reference on
purpose: an empty file is no state (B-14), a damaged one is kept for whoever wants to know (B-13), and a
written one is private and survives a power cut (B-35).
"""

import asyncio
import contextlib
import dataclasses
import datetime
import errno
import logging
import pathlib

from meterstatus import errors
from meterstatus.domain.unit import state as states
from meterstatus.domain.unit import state_file
from meterstatus.ports import status
from meterstatus.runtime import daemon_thread, durable_file, regular_file, waiting

_logger = logging.getLogger(__name__)

_WRITER = daemon_thread.DaemonExecutor("state-writer")
"""For the states of all units, and nothing else: what hangs elsewhere keeps no state from the disk."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_LASTING = (errno.EISDIR, errno.EACCES, errno.EPERM, errno.EIO)
"""What reading again would only meet again: stopping at it would stop the unit for ever (B-13)."""


class DiskBackedState:
    """``StateReadWriter`` on a YAML file, which is always a whole old or a whole new version.

    Args:
        path: the file.
        unit: the unit's name, which the file then bears. The version before is kept beside it too, under
            its name with ``.previous`` after it, and room for a version that a full disk does not take,
            with ``.reserve``. "" is the reference's store: one file, nobody's.
        files: where it is written.
    """

    def __init__(
        self,
        path: str | pathlib.Path,
        unit: str = "",
        *,
        files: durable_file.Files = durable_file.SYSTEM_FILES,
    ) -> None:
        self._path = pathlib.Path(path)
        self._former = self._path.with_name(f"{self._path.name}.previous")
        self._unit = unit
        self._files = files
        self._reserve = durable_file.Reserve(self._path.with_name(f"{self._path.name}.reserve"), files)
        self._is_in_reserve = False
        self._turn = asyncio.Lock()
        self._unwritten: states.State | None = None
        self._swept = False
        self._generation: int | None = None
        self._is_good = False
        self._was_in_the_way = False

    async def read(self) -> states.State:
        """Read the file.

        Reads on the loop: the file is small, read once at start, and a thread would cost more. What the
        last write could not put there is tried once more and returned, whatever became of it: the file is
        older than what its next reader must know.

        A file that is no state, another unit's, or older than the version before is kept under a dated
        name, said once in the log, and the version before is returned, which is then unsure. So it is where
        the file is gone and only the version before is there. What a full disk did not take, and has in
        reserve, goes before both where it is newer.

        Raises:
            NotFoundError: the file is absent or empty, and there was none before it.
            StateCorruptError: it is no state, and no good version before is there. It stays where it is
                until the next write, so that the unit does not look new meanwhile.
            OSError: it cannot be read; see ``clear_the_way``.
        """
        unwritten = self._unwritten
        if unwritten is not None:
            with contextlib.suppress(errors.StateWriteError):
                await self.write(unwritten)
            return unwritten
        try:
            found = self._read_file()
        except errors.MeterStatusError as error:
            reserved = self._read_reserve(None)
            if reserved is None:
                raise
            if isinstance(error, errors.StateCorruptError):
                _logger.error("%s; going on from %s", error, self._reserve.path)
            return reserved
        return self._read_reserve(found) or found

    def _read_file(self) -> states.State:
        content = self._read_if_there(self._path)
        if not (content or b"").strip() and self._changed_at(self._former) is None:
            if self._was_in_the_way:
                raise errors.StateCorruptError(f"{self._path}: it was set aside")
            raise errors.NotFoundError("state file")
        former = self._load_former()
        try:
            loaded = self._load(content)
            if former is not None and 0 < loaded.generation < former.generation:
                raise errors.StateCorruptError("it is older than the version before it")  # noqa: TRY301
        except errors.StateCorruptError as error:
            return self._recover(error, former)
        self._generation, self._is_good = loaded.generation, True
        return loaded.state.recovered() if self._was_in_the_way else loaded.state

    def _read_reserve(self, found: states.State | None) -> states.State | None:
        """Return what only the reserve has, if anything; where that was not written to its end, who knows."""
        try:
            content = self._reserve.content() if self._unit else b""
            if not content:
                return None
            self._is_in_reserve = True
            loaded = self._load(content)
        except (OSError, errors.StateCorruptError) as error:
            _logger.error("%s: %s; going on without it, and the hook is told anew", self._reserve.path, error)
            return None if found is None else found.recovered()
        if loaded.generation <= (self._generation or 0):
            return None
        self._generation = loaded.generation
        _logger.warning("reading %s, which has what a full disk did not take", self._reserve.path)
        return loaded.state

    def _read_if_there(self, path: pathlib.Path) -> bytes | None:
        try:
            return self._files.read(path)
        except FileNotFoundError:
            return None

    def _changed_at(self, path: pathlib.Path) -> datetime.datetime | None:
        """Return when a file was last changed; None where there is none."""
        try:
            return self._files.changed_at(path)
        except FileNotFoundError:
            return None

    def _load(self, content: bytes | None) -> "_Loaded":
        if content is None:
            raise errors.StateCorruptError("it is gone")
        if not content.strip():
            raise errors.StateCorruptError("it is empty")
        contents = state_file.decode(content)
        if self._unit and contents.unit and contents.unit != self._unit:
            raise errors.StateCorruptError(f"it belongs to {contents.unit}")
        return _Loaded(states.State.from_yaml(contents.body), contents.generation)

    def _load_former(self) -> "_Loaded | None":
        try:
            return self._load(self._read_if_there(self._former))
        except (OSError, errors.StateCorruptError):
            return None

    def _recover(self, fault: errors.StateCorruptError, former: "_Loaded | None") -> states.State:
        self._is_good = False
        said = f"{self._path}: {fault}{self._set_aside()}"
        if former is None:
            raise errors.StateCorruptError(said, self._written_at()) from fault
        self._generation = former.generation
        _logger.error("%s; going on from %s, and the hook is told anew", said, self._former)
        return former.state.recovered()

    def _written_at(self) -> datetime.datetime | None:
        """Return when the state was last written; None where it had no version before, and so is new."""
        former = self._changed_at(self._former)
        return None if former is None else self._changed_at(self._path) or former

    def clear_the_way(self) -> list[str]:
        """Move aside what stands in a file's place and will never be readable; say so, a sentence for each.

        A directory, a link, a FIFO, a file of somebody else's: an agent that stops at it stops for ever
        (B-13). Not part of ``read``, whose caller may have named the wrong path and must find it as it was.
        Never raises: what cannot be moved fails the reading.
        """
        places = (self._path, self._former, self._reserve.path) if self._unit else (self._path,)
        return [said for said in map(self._clear, places) if said]

    def _clear(self, path: pathlib.Path) -> str:
        try:
            self._files.read(path)
        except OSError as error:
            if error.errno in _LASTING or isinstance(error, regular_file.UnfitFileError):
                return self._move_aside(path, error.strerror or str(error))
        return ""

    def _move_aside(self, path: pathlib.Path, reason: str) -> str:
        with contextlib.suppress(OSError):
            damaged = self._damaged(path)
            self._files.rename(path, damaged)
            if path == self._path:
                with contextlib.suppress(OSError):
                    # Else the unit would look new until the next write.
                    durable_file.name_again(self._former, self._path, self._files)
            if path == self._path and self._unit:
                self._was_in_the_way = True
            return f"{path}: {reason}; moved to {damaged}"
        return ""

    def _damaged(self, path: pathlib.Path) -> pathlib.Path:
        """Return where to keep what is in a file's place: dated by its last change, so each has one name."""
        return path.with_name(f"{path.name}.damaged-{self._files.changed_at(path):%Y%m%dT%H%M%SZ}")

    def _set_aside(self) -> str:
        with contextlib.suppress(OSError):
            damaged = self._damaged(self._path)
            with contextlib.suppress(FileExistsError):
                # A second name, no rename: the state must not look absent, and so new, before the next write.
                durable_file.name_again(self._path, damaged, self._files)
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
                Where the disk is full it may be kept in reserve, and is what is read after a crash.
        """
        async with self._turn:
            self._unwritten = value
            try:
                replacing = asyncio.get_running_loop().run_in_executor(_WRITER, self._replace, value)
                await waiting.to_the_end(replacing)
            except OSError as error:
                is_kept, reserve = self._is_in_reserve, self._reserve.path.name
                where = f"; until there is room it is in {reserve} beside it" if is_kept else ""
                raise errors.StateWriteError(
                    f"cannot write {self._path}: {error.strerror}{where}", is_kept=is_kept
                ) from error
            self._unwritten = None

    def _replace(self, value: states.State) -> None:
        if self._generation is None:
            self._look_at_what_is_there()
        generation = (self._generation or 0) + 1
        content = state_file.encode(state_file.Contents(value.to_yaml(), self._unit, generation))
        # What is damaged must not take the place of the last good version.
        former = self._former if self._unit and self._is_good else None
        try:
            durable_file.write(self._path, content, former=former, files=self._files)
        except OSError as error:
            self._is_in_reserve = bool(self._unit) and error.errno in _FULL and self._reserve.put(content)
            raise
        self._generation, self._is_good, self._was_in_the_way = generation, True, False
        if self._is_in_reserve:
            # What stays here in vain is older than the file, and so is passed over.
            self._is_in_reserve = not self._reserve.put(b"")
        elif self._unit:
            self._reserve.make()
        if not self._swept:
            self._swept = True
            durable_file.sweep(self._path)

    def _look_at_what_is_there(self) -> None:
        """Find out what a file that was never read holds, before it is replaced."""
        former = self._load_former()
        self._generation = 0 if former is None else former.generation
        with contextlib.suppress(OSError, errors.StateCorruptError):
            loaded = self._load(self._read_if_there(self._path))
            self._generation = max(self._generation, loaded.generation)
            self._is_good = True


@dataclasses.dataclass(frozen=True, slots=True)
class _Loaded:
    state: states.State
    generation: int


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
