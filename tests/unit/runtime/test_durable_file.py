"""durable_file: the whole old or the whole new content, private, and no litter (spec worker, A.9, B-35)."""

import errno
import os
import pathlib
import stat

import pytest

from meterstatus.runtime import durable_file


def test_write_replaces_the_content_whole(tmp_path: pathlib.Path) -> None:
    """A shorter content leaves nothing of a longer one."""
    path = tmp_path / "state"
    durable_file.write(path, b"a long former content")
    durable_file.write(path, b"new")
    assert path.read_bytes() == b"new"


def test_write_keeps_the_file_private_whatever_the_umask_and_the_former_mode(tmp_path: pathlib.Path) -> None:
    """A world-readable former file is replaced by a private one."""
    path = tmp_path / "state"
    path.write_bytes(b"")
    path.chmod(0o644)
    former = os.umask(0)
    try:
        durable_file.write(path, b"secret")
    finally:
        os.umask(former)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_write_leaves_the_former_file_to_whoever_has_it_open(tmp_path: pathlib.Path) -> None:
    """A reader that opened the file before the write reads the whole old version."""
    path = tmp_path / "state"
    durable_file.write(path, b"old")
    with path.open("rb") as reader:
        durable_file.write(path, b"new")
        assert reader.read() == b"old"


def test_a_failed_write_leaves_neither_a_change_nor_litter(tmp_path: pathlib.Path) -> None:
    """Where the rename fails, the target stays as it was and the temporary file is gone."""
    target = tmp_path / "state"
    target.mkdir()  # a file cannot be renamed over a directory
    with pytest.raises(OSError, match="directory"):
        durable_file.write(target, b"x")
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_directory_is_an_error(tmp_path: pathlib.Path) -> None:
    """The directory is not made up."""
    with pytest.raises(FileNotFoundError):
        durable_file.write(tmp_path / "absent" / "state", b"x")


def test_sweep_removes_only_old_temporary_files(tmp_path: pathlib.Path) -> None:
    """Litter goes; a fresh temporary file, other names and directories stay."""
    path = tmp_path / "state"
    litter, fresh, other, directory = (tmp_path / name for name in ("juju12", "juju34", "juju5x", "juju78"))
    for file in (litter, fresh, other):
        file.write_bytes(b"x")
    directory.mkdir()
    durable_file.write(path, b"x")
    then = path.stat().st_mtime - durable_file.LITTER_AGE_SECONDS - 1
    for entry in (litter, other, directory):
        os.utime(entry, (then, then))
    assert durable_file.sweep(path) == [litter]
    assert set(tmp_path.iterdir()) == {path, fresh, other, directory}


def test_sweep_of_a_file_that_is_gone_does_nothing(tmp_path: pathlib.Path) -> None:
    """Sweeping is never what fails."""
    assert durable_file.sweep(tmp_path / "absent" / "state") == []


def test_a_reserve_is_made_once_and_is_blank(tmp_path: pathlib.Path) -> None:
    """It is as private as the file, takes its room at once, and what it holds is kept."""
    reserve = durable_file.Reserve(tmp_path / "reserve")
    assert reserve.content() == b""
    reserve.make()
    facts = reserve.path.stat()
    assert (facts.st_size, stat.S_IMODE(facts.st_mode)) == (durable_file.Reserve.SIZE_BYTES, 0o600)
    assert facts.st_blocks * 512 >= durable_file.Reserve.SIZE_BYTES
    assert reserve.content() == b""

    assert reserve.put(b"kept")
    durable_file.Reserve(reserve.path).make()
    assert reserve.content() == b"kept"


def test_a_reserve_is_written_over(tmp_path: pathlib.Path) -> None:
    """A shorter content leaves nothing of a longer one, and the file stays the same one."""
    reserve = durable_file.Reserve(tmp_path / "reserve")
    reserve.make()
    number = reserve.path.stat().st_ino
    assert reserve.put(b"a long content")
    assert reserve.put(b"short")
    assert reserve.content() == b"short"
    assert reserve.put(b"")
    assert reserve.content() == b""
    assert reserve.path.stat().st_ino == number


def test_what_cannot_be_reserved_is_said(tmp_path: pathlib.Path) -> None:
    """Without room there is no reserve, and what does not fit into it is not cut."""
    absent = durable_file.Reserve(tmp_path / "absent" / "reserve")
    absent.make()
    assert not absent.put(b"kept")
    reserve = durable_file.Reserve(tmp_path / "reserve")
    reserve.make()
    assert not reserve.put(bytes(durable_file.Reserve.SIZE_BYTES + 1))
    assert reserve.content() == b""


class Files(durable_file.SystemFiles):
    """A file system that cannot do some things."""

    def __init__(self, **failing: int) -> None:
        self._failing = failing

    def _fail(self, operation: str) -> None:
        if operation in self._failing:
            raise OSError(self._failing[operation], os.strerror(self._failing[operation]))

    def link(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Link, or fail."""
        self._fail("link")
        super().link(source, target)

    def read(self, path: pathlib.Path) -> bytes:
        """Read, or fail."""
        self._fail("read")
        return super().read(path)


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES])
def test_where_there_are_no_second_names_the_former_content_is_kept_as_a_copy(
    tmp_path: pathlib.Path, number: int
) -> None:
    """Vfat and SMB have none; each version is written, and the one before is beside it."""
    path, files = tmp_path / "state", Files(link=number)
    for content in (b"1", b"2", b"3"):
        durable_file.write(path, content, former=tmp_path / "former", files=files)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"state": b"3", "former": b"2"}
    assert stat.S_IMODE((tmp_path / "former").stat().st_mode) == 0o600


def test_a_former_content_that_cannot_be_kept_is_left_out(tmp_path: pathlib.Path) -> None:
    """It is a courtesy, and never the reason to fail."""
    path, files = tmp_path / "state", Files(link=errno.EPERM, read=errno.EIO)
    for content in (b"1", b"2"):
        durable_file.write(path, content, former=tmp_path / "former", files=files)
    (tmp_path / "in the way").mkdir()
    durable_file.write(path, b"3", former=tmp_path / "in the way")
    assert path.read_bytes() == b"3"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in the way", "state"]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_directory_that_cannot_be_synced_fails_no_write(
    tmp_path: pathlib.Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems cannot; another fault is one."""

    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        durable_file.sync_directory(tmp_path)
        number = errno.EIO
        with pytest.raises(OSError, match="Input/output"):
            durable_file.sync_directory(tmp_path)
