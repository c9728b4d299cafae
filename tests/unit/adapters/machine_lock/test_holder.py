"""adapters.machine_lock.holder: who holds a lock file, as the kernel tells it."""

import fcntl
import os
import pathlib
import pwd
from collections.abc import Callable

from meterstatus.adapters.machine_lock import holder

Hold = Callable[[pathlib.Path], Callable[[], None]]


def test_another_process_is_named_with_its_user(tmp_path: pathlib.Path, hold_elsewhere: Hold) -> None:
    """Its number, its command and its user, for whoever has to go and end it."""
    path = tmp_path / "lock"
    hold_elsewhere(path)
    words = holder.of(path)
    assert words.startswith("process ")
    assert words.endswith(f") of user {pwd.getpwuid(os.geteuid()).pw_name}")


def test_this_process_is_named_too(tmp_path: pathlib.Path) -> None:
    """The number is the right one."""
    path = tmp_path / "lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert holder.of(path).startswith(f"process {os.getpid()} (")


def test_no_file_is_held_by_nobody(tmp_path: pathlib.Path) -> None:
    """It was removed meanwhile."""
    assert holder.of(tmp_path / "absent") == ""


def _listed(proc: pathlib.Path, path: pathlib.Path, pid: str) -> None:
    facts = path.stat()
    file = f"{os.major(facts.st_dev):02x}:{os.minor(facts.st_dev):02x}:{facts.st_ino}"
    (proc / "locks").write_text(
        f"1: -> FLOCK  ADVISORY  WRITE 77 {file} 0 EOF\n"
        f"1: POSIX  ADVISORY  WRITE 78 {file} 0 EOF\n"
        f"2: FLOCK  ADVISORY  WRITE {pid} {file} 0 EOF\n"
    )


def test_who_only_waits_is_not_named(tmp_path: pathlib.Path) -> None:
    """The kernel lists who waits with an arrow, and locks of other kinds beside."""
    path = tmp_path / "lock"
    path.touch()
    (tmp_path / "4021").mkdir()
    (tmp_path / "4021" / "comm").write_text("flock\n")
    os.chown(tmp_path / "4021", 54321, -1) if os.geteuid() == 0 else None
    _listed(tmp_path, path, "4021")
    user = "54321" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    assert holder.of(path, tmp_path) == f"process 4021 (flock) of user {user}"


def test_a_holder_that_has_ended_left_it_to_a_child(tmp_path: pathlib.Path) -> None:
    """The lock belongs to the open file, which a child may have inherited."""
    path = tmp_path / "lock"
    path.touch()
    _listed(tmp_path, path, "4021")
    assert holder.of(path, tmp_path) == "a child of process 4021, which has ended"


def test_a_holder_of_another_namespace_is_said_to_be_unseen(tmp_path: pathlib.Path) -> None:
    """The kernel gives it no number here; where there is no list, nobody is seen either."""
    path = tmp_path / "lock"
    path.touch()
    _listed(tmp_path, path, "0")
    assert holder.of(path, tmp_path) == holder.UNSEEN
    (tmp_path / "locks").write_text("")
    assert holder.of(path, tmp_path) == holder.UNSEEN
    (tmp_path / "locks").unlink()
    (tmp_path / "locks").mkdir()
    assert holder.of(path, tmp_path) == holder.UNSEEN
