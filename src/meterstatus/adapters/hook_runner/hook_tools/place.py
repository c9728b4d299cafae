"""Where a hook's tools find the agent: a socket that is a file, made in private (spec worker, D.1).

The unit's own ``@…/agent.socket`` is never used: it is Juju's, on a machine with both (spec worker, B-09).
"""

import contextlib
import os
import pathlib
import socket

from meterstatus.adapters.hook_runner.hook_tools import client

BACKLOG = 64
"""How many calls may wait in the kernel; further ones wait in their callers."""

_PRIVATE = ".meter-status-agent.new"
_INNER = "socket"


class Place:
    """A socket at a path.

    Attributes:
        listening: the socket itself, which does not block.
    """

    def __init__(self, path: pathlib.Path) -> None:
        """Listen, in place of whatever socket an agent before has left there.

        Raises:
            OSError: the disk is full, the directory not ours, or the path somebody's directory.
        """
        self._name = path.name
        with contextlib.ExitStack() as on_failure:
            self._directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            on_failure.callback(os.close, self._directory)
            self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            on_failure.callback(self.listening.close)
            self.listening.setblocking(False)
            self._make(path.parent)
            on_failure.pop_all()

    def _make(self, parent: pathlib.Path) -> None:
        inner = f"{_PRIVATE}/{_INNER}"
        self._clear_private()
        os.mkdir(_PRIVATE, 0o700, dir_fd=self._directory)
        try:
            address = f"{parent}/{inner}"
            if len(os.fsencode(address)) > client.LONGEST_ADDRESS:
                address = f"/proc/self/fd/{self._directory}/{inner}"
            self.listening.bind(address)
            os.chmod(inner, 0o600, dir_fd=self._directory)
            self.listening.listen(BACKLOG)
            self._identity = self._identify(inner)
            os.rename(inner, self._name, src_dir_fd=self._directory, dst_dir_fd=self._directory)
        finally:
            self._clear_private()

    def _clear_private(self) -> None:
        """Take away what an agent has left that was killed in the middle."""
        with contextlib.suppress(OSError):
            os.unlink(f"{_PRIVATE}/{_INNER}", dir_fd=self._directory)
        with contextlib.suppress(OSError):
            os.rmdir(_PRIVATE, dir_fd=self._directory)

    def _identify(self, name: str) -> tuple[int, int]:
        found = os.stat(name, dir_fd=self._directory, follow_symlinks=False)
        return found.st_dev, found.st_ino

    def close(self) -> None:
        """Listen no more, and take the file away where it still is this one."""
        with contextlib.suppress(OSError):
            if self._identify(self._name) == self._identity:
                os.unlink(self._name, dir_fd=self._directory)
        os.close(self._directory)
        self.listening.close()
