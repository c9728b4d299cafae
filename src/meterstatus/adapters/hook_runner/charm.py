"""Chooses what to run in a charm directory (spec worker, D.2), or says what it waits for. Starts nothing.

Differs from the reference on purpose: a charm that is not there whole, or says itself that it is not to be
told yet, is not touched (B-07, B-08). A charm is not replaced between this look and the hook's end by anybody
who holds the machine lock; Juju's deployer does not, and what it does to a running hook is its own matter.
"""

import dataclasses
import errno
import os
import pathlib
import stat

from meterstatus.domain.hook import hook_call, hook_environment, outcome
from meterstatus.runtime import regular_file

HOLD = ".meter-status-hold"
"""A file in the charm's directory that keeps the hooks from running; its content does not matter."""

_FIRST_LINE_BYTES = 256
"""What the kernel reads of it."""

_EXECUTE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


@dataclasses.dataclass(frozen=True, slots=True)
class Handler:
    """A script to start, and what it is in words."""

    path: pathlib.Path
    description: str


def choose_handler(charm_dir: pathlib.Path, hook: hook_call.HookKind) -> Handler | outcome.HookOutcome:
    """Return the script that handles the hook, or what to say instead: MISSING or NOT_STARTED."""
    try:
        return _choose(charm_dir, hook)
    except OSError as error:
        return not_started(f"cannot look into the charm: {error.filename}: {error.strerror}")


def awaited(charm_dir: pathlib.Path) -> str:
    """Say for what of the charm its hooks have to wait; "" where they need not.

    What cannot be looked at is not waited for: that is a fault, and the attempt to run the hook says so.
    """
    try:
        return _awaited(charm_dir)
    except OSError:
        return ""


def _awaited(charm_dir: pathlib.Path) -> str:
    if _mode(charm_dir / ".juju-deploying") is not None:
        return f"the charm in {charm_dir} is being unpacked"
    if _mode(charm_dir / "metadata.yaml") is None:
        return f"charm missing from disk: {charm_dir} has no metadata.yaml"
    # Only Juju's own deployer leaves the marker; a directory that somebody else fills is a charm without it.
    is_jujus = _mode(charm_dir.parent / "state" / "deployer") is not None
    if is_jujus and _mode(charm_dir / ".juju-charm") is None:
        return f"the charm in {charm_dir} is not deployed yet: Juju has not written .juju-charm"
    if _mode(charm_dir / HOLD) is not None:
        return f"the charm holds its meter status back: {charm_dir / HOLD} is there"
    return ""


def _choose(charm_dir: pathlib.Path, hook: hook_call.HookKind) -> Handler | outcome.HookOutcome:
    reason = _awaited(charm_dir)
    if reason:
        return not_started(reason)
    dispatch = charm_dir / "dispatch"
    mode = _mode(dispatch)
    # A dispatch that is there speaks for the whole charm, also one that cannot: no falling back. But it
    # speaks of Juju's hooks: ops and others fail at one that they have never heard of.
    if mode is not None and hook is hook_call.HookKind.CHANGED:
        return _handler(dispatch, mode, "by the charm's dispatch script")
    script = charm_dir / hook_environment.dispatch_path(hook)
    mode = _mode(script)
    if mode is None:
        return outcome.HookOutcome(outcome.HookResult.MISSING, detail=f"{script} does not exist")
    return _handler(script, mode, "by the hook's own script")


def _handler(path: pathlib.Path, mode: int, description: str) -> Handler | outcome.HookOutcome:
    if stat.S_ISDIR(mode):
        return not_started(f"{path} cannot be executed: it is a directory")
    if not mode & _EXECUTE:
        return not_started(f"{path} cannot be executed: its mode is {stat.S_IMODE(mode):04o}")
    return Handler(path, description)


def why_not_started(script: pathlib.Path, error: OSError) -> str:
    """Say why a script that is there could not be started.

    Of an interpreter that is absent the kernel says no more than that there is no such file.
    """
    words = f"cannot start {script}: "
    line = _first_line(script)
    if error.errno == errno.ENOEXEC and not line.startswith(b"#!"):
        return f"{words}{error.strerror}; its first line is no #! line that names an interpreter"
    interpreter = line.removeprefix(b"#!").strip(b" \t\n").split(b" ")[0].decode(errors="replace")
    if error.errno != errno.ENOENT or not line.startswith(b"#!") or not _is_there(script):
        return f"{words}{error.strerror or error}"
    if interpreter.endswith("\r"):
        name = interpreter.rstrip("\r")
        return f"{words}its lines end as on Windows: its interpreter would be {name} and a carriage return"
    return f"{words}its interpreter {interpreter} is not there"


def _first_line(script: pathlib.Path) -> bytes:
    try:
        descriptor = regular_file.open_descriptor(script, is_named=True)
    except OSError:
        return b""
    try:
        return os.read(descriptor, _FIRST_LINE_BYTES).partition(b"\n")[0]
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _is_there(path: pathlib.Path) -> bool:
    try:
        return _mode(path) is not None
    except OSError:
        return False


def _mode(path: pathlib.Path) -> int | None:
    """Return a file's mode; None where it is absent, which a dangling symlink also is."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def not_started(detail: str) -> outcome.HookOutcome:
    """Say why no process was made."""
    return outcome.HookOutcome(outcome.HookResult.NOT_STARTED, detail=detail)
