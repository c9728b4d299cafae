"""The machine lock's log, which every agent of the machine appends to (spec worker, D.7).

Opened and closed for each entry, because other agents rotate it too. Never raises: a log that cannot be
written must not fail a hook.
"""

import contextlib
import datetime
import logging
import os
import pathlib
import threading

from meterstatus.runtime import regular_file

MAX_BYTES = 10 * 1000 * 1000
MAX_BACKUPS = 5
_MODE = 0o640


class LockLog:
    """Appends entries; the caller holds the machine lock, so that writers never overlap."""

    def __init__(self, path: pathlib.Path, logger: logging.Logger, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._logger = logger
        self._max_bytes = max_bytes

    def append(self, text: str, now: datetime.datetime) -> None:
        """Append lines, and put the file aside first where they no longer fit."""
        content = text.encode(errors="replace")
        try:
            with contextlib.suppress(FileNotFoundError):
                if self._path.stat().st_size + len(content) > self._max_bytes:
                    self._rotate(now)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            descriptor = regular_file.open_descriptor(self._path, flags, _MODE)
            try:
                os.write(descriptor, content)
            finally:
                os.close(descriptor)
        except OSError as error:
            self._logger.warning("cannot write the machine lock's log %s: %s", self._path, error)

    def _backup_name(self, now: datetime.datetime) -> str:
        # The form of Juju's own backups, so that either agent counts and prunes the other's.
        stamp = f"{now.astimezone(datetime.UTC):%Y-%m-%dT%H-%M-%S}.{now.microsecond // 1000:03d}"
        return f"{self._path.stem}-{stamp}{self._path.suffix}"

    def _rotate(self, now: datetime.datetime) -> None:
        backup = self._path.with_name(self._backup_name(now))
        self._path.replace(backup)
        # Compressing 10 MB takes long enough to stall every unit's loop; the backup is ours alone by now.
        threading.Thread(target=self.pack, args=(backup,), name="lock-log-pack", daemon=True).start()

    def pack(self, backup: pathlib.Path) -> None:
        """Compress a log that was put aside, and remove the oldest ones."""
        # Needed once in 100,000 hooks, which is not worth the memory they would take on every unit.
        import gzip
        import shutil

        try:
            packed = backup.with_name(f"{backup.name}.gz")
            # Made anew: a link of that name, in a directory that others may write, leads elsewhere.
            made = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
            with (
                os.fdopen(made, "wb") as target,
                os.fdopen(regular_file.open_descriptor(backup), "rb") as source,
                gzip.GzipFile("", "wb", fileobj=target) as packing,
            ):
                shutil.copyfileobj(source, packing)
                os.fchmod(made, _MODE)
            backup.unlink()
            pattern = f"{self._path.stem}-*{self._path.suffix}.gz"
            for old in sorted(self._path.parent.glob(pattern))[:-MAX_BACKUPS]:
                old.unlink()
        except OSError as error:
            self._logger.warning("cannot pack the machine lock's old log %s: %s", backup, error)
