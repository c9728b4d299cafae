"""The hook of the chaos run: writes down what it was told, and behaves as it is told.

Run as a script of its own, by path, so that it starts in milliseconds; so it imports nothing of ours. Its one
argument is its machine's directory, with ``record`` (one JSON object a line, appended), ``behaviour-<unit>``
and ``hook-lock``, which tells whether another hook runs at the same time.

The clocks: ``mono`` is the machine room's own time, which no namespace of ours moves; ``boot`` and ``wall``
are what the hook's machine believes.
"""

import fcntl
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

SLOW_SECONDS = 0.4
DAEMON_SECONDS = 3.0
HANG_SECONDS = 120.0
"""Longer than any wait of the judge."""


def _note(record: pathlib.Path, facts: dict[str, object]) -> None:
    facts["mono"] = time.monotonic()
    descriptor = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.write(descriptor, json.dumps(facts).encode() + b"\n")
    os.close(descriptor)


def _told() -> dict[str, object]:
    names = {
        "unit": "JUJU_UNIT_NAME",
        "code": "JUJU_METER_STATUS",
        "info": "JUJU_METER_INFO",
        "id": "METER_STATUS_DELIVERY_ID",
        "attempt": "METER_STATUS_ATTEMPT",
        "origin": "METER_STATUS_ORIGIN",
        "previous-code": "METER_STATUS_PREVIOUS_STATUS",
        "previous-info": "METER_STATUS_PREVIOUS_INFO",
        "since-contact": "METER_STATUS_SECONDS_SINCE_CONTACT",
    }
    return {key: os.environ.get(name) for key, name in names.items()}


def _is_alone(lock: pathlib.Path) -> bool:
    """Take the lock for as long as this process lives; its children do not inherit it."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sleeper(seconds: float, *, as_daemon: bool) -> int:
    """Start a child that sleeps, as a daemon in a session of its own, and with our output held open."""
    child = subprocess.Popen(["sleep", str(seconds)], start_new_session=as_daemon)  # noqa: S607
    child.returncode = 0  # nobody waits for it
    return child.pid


def main(machine: pathlib.Path) -> int:
    """Write down the start, behave, write down the end; returns the exit status."""
    # Where the machine's full disk is a limit of the agent's: it is the agent's alone.
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    told, record = _told(), machine / "record"
    name = str(told["unit"]).replace("/", "-")
    try:
        behaviour = (machine / f"behaviour-{name}").read_text()
    except FileNotFoundError:
        behaviour = "well"
    clocks = {
        "boot": time.clock_gettime(time.CLOCK_BOOTTIME),
        "wall": time.clock_gettime(time.CLOCK_REALTIME),
    }
    me: dict[str, object] = {"pid": os.getpid(), "behaviour": behaviour}
    _note(record, {"event": "start", **told, **clocks, **me, "alone": _is_alone(machine / "hook-lock")})
    if behaviour == "hangs":
        _note(record, {"event": "child", **me, "child": _sleeper(HANG_SECONDS, as_daemon=False)})
        time.sleep(HANG_SECONDS)
    elif behaviour == "forks a daemon":
        _note(record, {"event": "daemon", **me, "child": _sleeper(DAEMON_SECONDS, as_daemon=True)})
    elif behaviour == "slow":
        time.sleep(SLOW_SECONDS)
    status = 1 if behaviour == "fails" else 0
    _note(record, {"event": "end", **me, "status": status})
    return status


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
