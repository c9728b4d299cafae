"""adapters.machine_lock.log_file: appending and putting aside (spec worker, D.7)."""

import datetime
import gzip
import logging
import pathlib
import stat
import threading

import pytest

from meterstatus.adapters.machine_lock import log_file

NOW = datetime.datetime(2031, 5, 6, 7, 8, 9, 123_456, datetime.UTC)
LOGGER = logging.getLogger("test.lock")


def _wait_for_packing() -> None:
    for thread in threading.enumerate():
        if thread.name == "lock-log-pack":
            thread.join()


def test_entries_are_appended_to_a_file_that_the_group_may_read(tmp_path: pathlib.Path) -> None:
    """Another agent's entries stay."""
    path = tmp_path / "machine-lock.log"
    log_file.LockLog(path, LOGGER).append("one\n", NOW)
    log_file.LockLog(path, LOGGER).append("two\n", NOW)
    assert path.read_text() == "one\ntwo\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_full_log_is_put_aside_and_packed(tmp_path: pathlib.Path) -> None:
    """Nothing of it is lost, and the entry begins a new one."""
    path = tmp_path / "machine-lock.log"
    log = log_file.LockLog(path, LOGGER, max_bytes=10)
    log.append("12345678\n", NOW)
    log.append("next\n", NOW)
    _wait_for_packing()
    assert path.read_text() == "next\n"
    backup = tmp_path / "machine-lock-2031-05-06T07-08-09.123.log.gz"
    assert gzip.decompress(backup.read_bytes()) == b"12345678\n"
    assert set(tmp_path.iterdir()) == {path, backup}


def test_only_the_newest_backups_are_kept(tmp_path: pathlib.Path) -> None:
    """Five old logs stay; other files are not touched."""
    path = tmp_path / "machine-lock.log"
    other = tmp_path / "other-2000.log.gz"
    other.touch()
    log = log_file.LockLog(path, LOGGER, max_bytes=1)
    for minute in range(8):
        log.append(f"{minute}\n", NOW + datetime.timedelta(minutes=minute))
        _wait_for_packing()
    backups = sorted(tmp_path.glob("machine-lock-*"))
    assert [gzip.decompress(backup.read_bytes()) for backup in backups] == [
        f"{minute}\n".encode() for minute in range(2, 7)
    ]
    assert other.exists()


def test_a_backup_that_cannot_be_packed_is_a_warning(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The fault of a background thread is said."""
    log_file.LockLog(tmp_path / "machine-lock.log", LOGGER).pack(tmp_path / "absent")
    assert "cannot pack" in caplog.text
