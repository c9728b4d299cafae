"""Ports of this machine for servers that are started a while after their port was chosen.

Between the choice and the server's start nothing holds a port. So each process has a block of them to itself,
for as long as it lives: an abstract socket, which is as wide as the ports are (one network namespace) and is
gone with the process, keeps it from others that choose in the same way.
"""

import contextlib
import functools
import itertools
import secrets
import socket
from collections.abc import Iterator

_PORTS = range(20_000, 30_000)
"""Below those that Linux gives to connections, from 32,768."""

_BLOCK = 100
"""Ports in a block; a hundred processes have one each."""


def free_port() -> int:
    """Return a port of this machine that nobody serves now, and that no connection is made from.

    Not one of those that the kernel gives to connections, as for port 0: who dials a controller that is away
    can be given just its port, meets himself there, and keeps the controller from coming back. No other
    process is given it, nor this one before all others of its block.

    Raises:
        OSError: none is free.
    """
    ports = _own_ports()
    for _ in range(_BLOCK):
        port = next(ports)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


@functools.cache
def _own_ports() -> Iterator[int]:
    """Take a block, and return its ports, again and again."""
    blocks = range(len(_PORTS) // _BLOCK)
    begin = secrets.choice(blocks)
    for number in (*blocks[begin:], *blocks[:begin]):
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0meterstatus-ports:{number}")
        except OSError:
            mark.close()
            continue
        mark.detach()  # held until this process ends
        return itertools.cycle(_PORTS[number * _BLOCK : (number + 1) * _BLOCK])
    raise OSError("no block of ports is free")
