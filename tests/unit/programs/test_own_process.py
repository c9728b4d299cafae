"""programs.own_process: signals are the agent's own, and orphans are reaped as PID 1; in real processes."""

import json
import os
import signal
import subprocess
import sys

import pytest

from meterstatus.programs import own_process

CHECK = """
import json, os, signal, sys
from meterstatus.programs import own_process
hup = own_process.reset_signals()
left = [int(n) for n in signal.valid_signals() if signal.getsignal(n) is signal.SIG_IGN]
print(json.dumps([hup, left, [int(n) for n in signal.pthread_sigmask(signal.SIG_BLOCK, [])]]))
"""
LEAVE = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup ignores it
for number in map(int, sys.argv[2:]):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1])
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""
INIT = """
import os, subprocess, sys, time
from meterstatus.programs import own_process

def agent():
    subprocess.run(["sh", "-c", "for i in 1 2 3 4 5; do (sleep 0.05 &) ; done"], check=True)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        there = [name for name in os.listdir("/proc") if name.isdigit()]
        if len(there) == 2:
            sys.exit(7)
        time.sleep(0.02)
    sys.exit(f"left: {there}")

sys.exit(own_process.as_init(agent))
"""
BESIDE = """
import os, signal, sys
from meterstatus.programs import own_process

def agent():
    os.kill(os.getppid(), signal.SIGTERM)
    signal.sigwait([signal.SIGTERM]) if BLOCK else signal.pause()
    return 5

BLOCK = sys.argv[1] == "hears"
if BLOCK:
    real = agent
    def agent():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        return real()
sys.exit(own_process.reap_beside(agent))
"""
OFTEN = """
import os, signal, sys, time
from meterstatus.programs import own_process

def is_heard():
    end = time.monotonic() + 20
    while time.monotonic() < end:
        os.sched_yield()
        if signal.sigtimedwait([signal.SIGTERM], 0):
            return True
    return False

def agent():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    number, end = 0, time.monotonic() + 1
    while time.monotonic() < end:
        number += 1
        for _ in range(number % 100):
            pass
        os.kill(os.getppid(), signal.SIGTERM)
        if not is_heard():
            return 6
    return 5

sys.exit(own_process.reap_beside(agent))
"""


def _run(code: str, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("is_hup_ignored", [False, True])
def test_nothing_is_ignored_or_blocked_that_somebody_left_so(*, is_hup_ignored: bool) -> None:
    """But what Python ignores itself, and gives back to its children; an ignored SIGHUP is told."""
    ignored = [signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGUSR2, signal.SIGRTMIN]
    ignored += [signal.SIGHUP] if is_hup_ignored else []
    done = _run(LEAVE, CHECK, *(int(number) for number in ignored))
    assert json.loads(done.stdout) == [
        is_hup_ignored,
        sorted((int(signal.SIGPIPE), int(signal.SIGXFSZ))),
        [],
    ], done.stderr


def test_orphans_are_reaped_as_pid_1() -> None:
    """What a hook leaves running ends one day, and no zombie stays; the exit status is the agent's."""
    as_root = [] if os.geteuid() == 0 else ["-Ur"]
    unshare = ["unshare", *as_root, "-pf", "--mount-proc"]
    done = subprocess.run(
        [*unshare, sys.executable, "-c", INIT], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (7, "")


@pytest.mark.parametrize(("how", "status"), [("hears", 5), ("dies", 143)])
def test_signals_are_handed_on_to_the_agent(how: str, status: int) -> None:
    """An agent that hears SIGTERM ends with its own status; one that dies of it is said to have."""
    done = _run(BESIDE, how)
    assert (done.returncode, done.stderr) == (status, "")


def test_no_signal_is_lost_whenever_it_comes() -> None:
    """Sent again as soon as it was handed on, it often comes just as the next wait begins."""
    done = _run(OFTEN)
    assert (done.returncode, done.stderr) == (5, "")


@pytest.mark.parametrize(("given", "expected"), [(0o000, 0o022), (0o077, 0o077), (0o002, 0o022)])
def test_the_umask_lets_nobody_else_write(given: int, expected: int) -> None:
    """Hooks inherit it; a narrower one stays."""
    former = os.umask(given)
    try:
        own_process.tighten_umask()
    finally:
        assert os.umask(former) == expected
