"""Who stands at the other end of a local socket, as the kernel vouches for it.

A low layer of its own, because adapters ask it that may not know each other.
"""

import dataclasses
import os
import socket
import struct

ROOT = 0
"""The user that may do anything anyhow."""

_CREDENTIALS = struct.Struct("3i")


@dataclasses.dataclass(frozen=True, slots=True)
class Peer:
    """The process at the other end."""

    pid: int
    """0 where it is in a process namespace that we do not see."""

    uid: int

    @property
    def is_ours(self) -> bool:
        """Tell whether it is of this process's own user, or of root."""
        return self.uid in {ROOT, os.geteuid()}


def of(connected: socket.socket) -> Peer:
    """Ask the kernel who is at the other end of a local socket.

    A server is whoever began to listen; a client is whoever connected.
    """
    answer = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(answer)
    return Peer(pid, uid)
