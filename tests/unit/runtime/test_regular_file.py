"""regular_file: what is no file of ours is refused at once, and nothing without an end is read."""

import os
import pathlib
import socket
import stat
from collections.abc import Callable

import pytest

from meterstatus.runtime import regular_file


def put_fifo(path: pathlib.Path) -> None:
    os.mkfifo(path)


def put_socket(path: pathlib.Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


def put_device(path: pathlib.Path) -> None:
    path.symlink_to("/dev/zero")


def put_link(path: pathlib.Path) -> None:
    path.with_name("target").write_bytes(b"another's")
    path.symlink_to(path.with_name("target"))


@pytest.mark.parametrize(
    ("put", "kind"),
    [
        (put_fifo, "a FIFO"),
        (put_socket, "a socket"),
        (put_link, "a symbolic link"),
    ],
)
@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_WRONLY, os.O_RDWR | os.O_CREAT])
def test_what_is_no_regular_file_is_refused_at_once(
    put: Callable[[pathlib.Path], None], kind: str, flags: int, tmp_path: pathlib.Path
) -> None:
    """Whatever it is to be opened for: nothing waits, and the error says what it is."""
    put(tmp_path / "state")
    with pytest.raises(regular_file.UnfitFileError, match=kind):
        regular_file.open_descriptor(tmp_path / "state", flags)


@pytest.mark.parametrize(
    ("put", "kind"), [(put_fifo, "a FIFO"), (put_device, "a device"), (put_socket, "a socket")]
)
def test_a_named_file_is_a_regular_one_too(
    put: Callable[[pathlib.Path], None], kind: str, tmp_path: pathlib.Path
) -> None:
    """Also at the end of a link."""
    put(tmp_path / "login.yaml")
    with pytest.raises(regular_file.UnfitFileError, match=kind):
        regular_file.read(tmp_path / "login.yaml", is_named=True)


def test_a_named_file_may_be_a_link(tmp_path: pathlib.Path) -> None:
    """Who named it may read what it leads to."""
    put_link(tmp_path / "login.yaml")
    assert regular_file.read(tmp_path / "login.yaml", is_named=True) == b"another's"


@pytest.mark.parametrize("put", [put_fifo, put_socket, put_link])
def test_what_is_put_there_after_the_look_is_refused_too(
    put: Callable[[pathlib.Path], None], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the opening there is time for somebody else."""
    path = tmp_path / "state"
    path.write_bytes(b"")
    looked = path.stat()
    path.unlink()
    put(path)

    def look(_: pathlib.Path, *, follow_symlinks: bool = True) -> os.stat_result:
        return looked

    monkeypatch.setattr(pathlib.Path, "stat", look)
    with pytest.raises(regular_file.UnfitFileError, match="no regular"):
        regular_file.open_descriptor(path, os.O_WRONLY)


def of_another(facts: os.stat_result) -> os.stat_result:
    """Return the facts of a file as if another user had made it: only root can give one away."""
    return os.stat_result((*facts[:4], 12345, *facts[5:]))


@pytest.fixture
def file_of_another(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    real = os.fstat

    def look(descriptor: int) -> os.stat_result:
        return of_another(real(descriptor))

    monkeypatch.setattr(os, "fstat", look)
    (tmp_path / "state").write_bytes(b"theirs")
    return tmp_path / "state"


def test_another_users_file_is_refused(file_of_another: pathlib.Path) -> None:
    """It says what that user likes; the error says whose it is."""
    with pytest.raises(regular_file.UnfitFileError, match="belongs to user 12345"):
        regular_file.read(file_of_another)


def test_a_file_of_its_directorys_owner_is_read(
    file_of_another: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who owns the directory rules over what is in it, whoever reads it."""
    real = pathlib.Path.stat

    def look(path: pathlib.Path, *, follow_symlinks: bool = True) -> os.stat_result:
        return of_another(real(path, follow_symlinks=follow_symlinks))

    monkeypatch.setattr(pathlib.Path, "stat", look)
    assert regular_file.read(file_of_another) == b"theirs"


def test_a_named_file_may_be_anybodys(file_of_another: pathlib.Path) -> None:
    """Who named it may read it."""
    assert regular_file.read(file_of_another, is_named=True) == b"theirs"


def test_a_file_of_the_limits_size_is_read_and_a_larger_one_is_not(tmp_path: pathlib.Path) -> None:
    """The limit itself is allowed."""
    path = tmp_path / "state"
    path.write_bytes(b"12345")
    assert regular_file.read(path, 5) == b"12345"
    with pytest.raises(regular_file.UnfitFileError, match="larger than 4 bytes"):
        regular_file.read(path, 4)


def test_a_file_that_tells_no_size_is_bounded_all_the_same() -> None:
    """Those in /proc say 0."""
    with pytest.raises(regular_file.UnfitFileError, match="larger than 4 bytes"):
        regular_file.read(pathlib.Path("/proc/self/status"), 4)


def test_what_is_absent_is_said_to_be_or_made(tmp_path: pathlib.Path) -> None:
    """O_CREAT decides; what is made is private."""
    with pytest.raises(FileNotFoundError):
        regular_file.read(tmp_path / "state")
    descriptor = regular_file.open_descriptor(tmp_path / "state", os.O_RDWR | os.O_CREAT)
    try:
        assert stat.S_IMODE(os.fstat(descriptor).st_mode) == 0o600
        assert not os.get_inheritable(descriptor)
    finally:
        os.close(descriptor)


def test_nothing_is_made_at_the_end_of_a_link(tmp_path: pathlib.Path) -> None:
    """A dangling link would have root make a file wherever its maker likes."""
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(regular_file.UnfitFileError):
        regular_file.open_descriptor(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    assert not (tmp_path / "elsewhere").exists()


def test_a_directory_is_said_to_be_one(tmp_path: pathlib.Path) -> None:
    """In the system's words."""
    with pytest.raises(IsADirectoryError):
        regular_file.read(tmp_path)
