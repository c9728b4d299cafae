"""adapters.hook_runner.session: who is alive in a session (B-19)."""

import os
import pathlib
import signal
import subprocess
from collections.abc import Iterator

import pytest

from meterstatus.adapters.hook_runner import session


@pytest.fixture
def leader(tmp_path: pathlib.Path) -> "Iterator[subprocess.Popen[bytes]]":
    """A process that leads a session, waits for a line, and has a name that could pass for more fields."""
    shell = tmp_path / ") Z (1 1"
    shell.symlink_to("/bin/sh")
    with subprocess.Popen(
        [shell, "-c", "read line; exit 0"], stdin=subprocess.PIPE, start_new_session=True
    ) as leader:
        yield leader
        leader.kill()


def test_a_living_process_counts_and_a_zombie_does_not(leader: "subprocess.Popen[bytes]") -> None:
    """A process that has ended and waits to be reaped does nothing any more."""
    assert session.living_groups(leader.pid) == {leader.pid}
    session.signal_all(leader.pid, signal.SIGKILL)
    os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOWAIT)
    assert session.living_groups(leader.pid) == set()
    assert session.signal_group(leader.pid, 0)
    leader.wait()
    assert not session.signal_group(leader.pid, 0)


def test_other_sessions_do_not_count(leader: "subprocess.Popen[bytes]") -> None:
    """The test's own session is untouched by the leader's."""
    assert leader.pid not in session.living_groups(os.getsid(0))
    assert os.getpgrp() in session.living_groups(os.getsid(0))


def test_a_birth_is_one_processes(leader: "subprocess.Popen[bytes]") -> None:
    """It names the boot and stays what it is; who is gone has none."""
    birth = session.birth(leader.pid)
    boot_id = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert birth.startswith(f"{boot_id}/")
    assert birth == session.birth(leader.pid) != session.birth(os.getpid())
    leader.kill()
    leader.wait()
    assert session.birth(leader.pid) == ""
