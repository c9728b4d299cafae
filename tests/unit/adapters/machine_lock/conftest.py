"""Another process that takes and holds a lock file, as a Juju agent does."""

import contextlib
import pathlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

_HOLD = """
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
fcntl.flock(fd, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def thread_of_its_own() -> Iterator[None]:
    """Let no thread at a flock that the test before has left be taken for one of this test's."""
    _join_waiting()
    yield
    _join_waiting()


def _join_waiting() -> None:
    for thread in threading.enumerate():
        if thread.name == "machine-lock":
            thread.join(10)


@pytest.fixture
def hold_elsewhere() -> Iterator[Callable[[pathlib.Path], Callable[[], None]]]:
    """Have another process hold a file's flock; what is returned ends it, which releases the lock."""
    with contextlib.ExitStack() as stack:

        def hold(path: pathlib.Path) -> Callable[[], None]:
            holder = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _HOLD, str(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            stack.enter_context(holder)
            stack.callback(holder.kill)
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"

            def release() -> None:
                holder.communicate()

            return release

        yield hold
