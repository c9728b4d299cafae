"""programs.demo.ports: a port that stays free until its server is started."""

import pathlib
import socket
import subprocess
import sys

from meterstatus.programs.demo import ports

ANOTHER = """
from meterstatus.programs.demo import ports
print(*(ports.free_port() for _ in range(100)), flush=True)
input()
"""


def test_a_free_port_is_none_that_a_connection_is_made_from() -> None:
    """Else whoever dials a controller that is away could meet himself at its port."""
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found = {ports.free_port() for _ in range(50)}
    assert len(found) == 50
    assert all(1024 < port < max(lowest, 32_768) for port in found)
    with socket.socket() as taken:
        port = found.pop()
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert all(ports.free_port() != port for _ in range(100))


def test_no_two_processes_have_the_same() -> None:
    """What was chosen is still free when its server is started, whatever other tests run beside this one."""
    with subprocess.Popen(
        [sys.executable, "-c", ANOTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as another:
        assert another.stdout is not None
        theirs = set(map(int, another.stdout.readline().split()))
        assert theirs.isdisjoint(ports.free_port() for _ in range(100))
        another.communicate("\n")
    assert len(theirs) >= 90
